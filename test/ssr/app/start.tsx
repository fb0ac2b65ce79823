import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { version } from 'react';
import { renderToPipeableStream, renderToString } from 'react-dom/server';
import { build } from 'vite';
import type { Cache, GetOptions } from '../../../src/index.js';
import { createRequestCache, createStateStream, insertState } from '../../../src/node/index.js';
import { CacheProvider } from '../../../src/react/index.js';
import { App, type Load, OPTIONS, type Piece } from './app.js';
import { Document } from './document.js';

export const NONCE = 'bm9uY2U';

export const pieceOf = (text: string): Piece => ({
  text,
  madeAt: new Date('2026-01-01'),
  counts: new Map([['</script><!--', 41n]]),
});

/** Renders the page into a stream, each piece of data when `load` brings it. */
export function renderPage(shared: Cache, load: Load, gate?: Promise<unknown>, options: GetOptions = OPTIONS) {
  const cache = createRequestCache(shared);
  const stream = createStateStream(cache);
  // What the shell shows without a boundary is read before it is rendered.
  const rendering = cache.get(['shell'], load('shell'), options).then(() => {
    const { pipe } = renderToPipeableStream(
      <CacheProvider cache={cache}>
        <Document>
          <App load={load} options={options} {...(gate && { gate })} />
        </Document>
      </CacheProvider>,
      { nonce: NONCE, bootstrapModules: ['/client.js'], onShellReady: () => void pipe(stream) },
    );
  });
  rendering.catch((error: unknown) => stream.destroy(error as Error));
  stream.once('close', () => void cache.close());
  return stream;
}

/** For the client too, if this is React 18. */
const alias = version.startsWith('18.')
  ? [/^react(?=$|\/)/, /^react-dom(?=$|\/)/].map((find, n) => ({ find, replacement: n ? 'react-dom-18' : 'react-18' }))
  : [];

/** The client, in React's development build: it complains of each mismatch. */
export async function buildClient(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    mode: 'development',
    resolve: { alias },
    define: { 'process.env.NODE_ENV': '"development"' },
    build: { write: false, minify: false, rollupOptions: { input: join(import.meta.dirname, 'client.tsx') } },
  });
  const [output] = [result].flat();
  if (output === undefined || !('output' in output)) throw new Error('Vite has built nothing.');
  return output.output[0].code;
}

/** The page as a whole, in which nothing runs but the client: React itself adds no script to it. */
export async function renderWhole(shared: Cache, load: Load, names: readonly string[]): Promise<string> {
  const cache = createRequestCache(shared);
  await Promise.all(names.map((name) => cache.get([name], load(name), OPTIONS)));
  const html = renderToString(
    <CacheProvider cache={cache}>
      <Document>
        <App load={load} />
      </Document>
    </CacheProvider>,
  );
  const whole = insertState(html, cache).replace('</body>', '<script type="module" src="/client.js"></script></body>');
  await cache.close();
  return whole;
}

export interface Site {
  readonly page: (response: ServerResponse) => void;
  /** Which scripts may run. @default the client, and those with the nonce, which React puts into its own */
  readonly policy?: string;
  /** What the client waits for before it is sent. */
  readonly clientAfter?: Promise<unknown>;
}

/** Serves the client and whatever `page` answers. */
export async function serve(client: string, { page, policy = `'self' 'nonce-${NONCE}'`, clientAfter }: Site) {
  const server = createServer((request, response) => {
    if (request.url === '/client.js')
      void Promise.resolve(clientAfter).then(() => response.setHeader('content-type', 'text/javascript').end(client));
    else if (request.url?.startsWith('/api/')) response.end(request.url.slice(5));
    else if (request.url?.split('?')[0] === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.setHeader('content-security-policy', `default-src 'self'; script-src ${policy}`);
      page(response);
    } else response.writeHead(request.url === '/favicon.ico' ? 204 : 404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
