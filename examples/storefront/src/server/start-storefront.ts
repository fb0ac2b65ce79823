import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServerCache } from 'cache-aside/node';
import { type Answer, json, notFound } from './answer.js';
import { createApi } from './api.js';
import { openDatabase } from './database.js';
import { createReads } from './reads.js';
import { createPageRenderer } from './render-page.js';
import { createShopReads } from './shop-reads.js';
import { readStaticFiles } from './static-files.js';

export interface StorefrontOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** A URL. Without it the server's cache is memory alone. */
  readonly redis: string | undefined;
  /** Where the built client is. */
  readonly client: string;
}

export interface Storefront {
  readonly url: string;
  close(): Promise<void>;
}

export async function startStorefront({ port, redis, client }: StorefrontOptions): Promise<Storefront> {
  const [database, files] = await Promise.all([openDatabase(), readStaticFiles(client)]);
  const template = files.get('/index.html')?.body.toString();
  if (template === undefined) throw new Error(`There is no built client in ${client}.`);

  const cache = createServerCache({ redis, namespace: 'storefront' });
  cache.on('degraded', ({ tier, error }) =>
    console.error(`${tier} does not answer, going on without: ${error.message}`),
  );
  cache.on('recovered', ({ tier }) => console.error(`${tier} answers again.`));
  // The database has begun anew, so what Redis still has of its last life is untrue.
  await cache.invalidate({ all: true });

  const reads = createReads(cache);
  const shop = createShopReads(reads, database);
  const api = createApi({ cache, database, shop, stats: reads.stats });
  const pages = createPageRenderer({ cache, shop, database: database.id, template });

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/api/')) return api(request, pathname);
    if (pathname === '/shell') return pages.shell();
    if (pathname === '/' || pathname.startsWith('/products/')) {
      return searchParams.get('render') === 'browser' ? pages.empty() : pages.full(pathname);
    }
    return files.get(pathname) ?? notFound('such page');
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown): Answer => {
        console.error(error);
        return json(500, { message: 'Something went wrong on our side.' });
      })
      .then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, resolve));

  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([cache.close(), database.close()]);
    },
  };
}
