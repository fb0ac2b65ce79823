import type { IncomingMessage } from 'node:http';
import type { Cache } from 'cache-aside';
import { productTag } from '../data/resource.js';
import type { Origin } from '../data/shop.js';
import { type Answer, json, notFound } from './answer.js';
import type { Database } from './database.js';
import { parsePatch } from './parse-patch.js';
import { readBody } from './read-body.js';
import type { Reads } from './reads.js';
import type { ShopReads } from './shop-reads.js';

export interface ApiParts {
  readonly cache: Cache;
  readonly database: Database;
  readonly shop: ShopReads;
  readonly stats: Reads['stats'];
}

export type Api = (request: IncomingMessage, path: string) => Promise<Answer>;

/** The JSON API: reads through the cache, writes to the database and then invalidates. */
export function createApi({ cache, database, shop, stats }: ApiParts): Api {
  const patch = async (id: number, request: IncomingMessage): Promise<Answer> => {
    const body = await readBody(request);
    if (body === undefined) return json(413, { message: 'A change takes at most 10 kB.' });
    const change = parsePatch(body);
    if (typeof change === 'string') return json(422, { message: change });
    const saved = await cache.mutate(() => database.saveProduct(id, change), {
      invalidates: { tags: [productTag(id)] },
    });
    return saved === null ? notFound(`product ${id}`) : json(200, saved);
  };

  const get = async (kind: string | undefined, id: string | undefined): Promise<Answer> => {
    if (kind === 'stats') return json(200, stats());
    if (kind === 'configuration') return found(await shop.configuration(), 'configuration');
    if (kind === 'products' && id === undefined) return found(await shop.products(), 'catalogue');
    const number = Number(id);
    if (kind === 'products' && isId(number)) return found(await shop.product(number), `product ${id}`);
    if (kind === 'profile' && isId(number)) return found(await shop.profile(number), `profile ${id}`);
    if (kind === 'price' && id !== undefined) return found(await shop.price(id), `price ${id}`);
    return notFound('such address');
  };

  return async (request, path) => {
    const [kind, id, ...more] = path.split('/').slice(2);
    if (more.length > 0) return notFound('such address');
    if (request.method === 'GET') return get(kind, id);
    if (request.method === 'PATCH' && kind === 'products' && isId(Number(id))) return patch(Number(id), request);
    return json(405, { message: `${request.method} is not for this address.` });
  };
}

function found({ value, origin }: { value: unknown; origin: Origin }, what: string): Answer {
  const headers = { 'x-cache': origin };
  return value === null
    ? { ...notFound(what), headers: { ...notFound(what).headers, ...headers } }
    : json(200, value, headers);
}

/** What a Postgres int can hold. */
function isId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id < 2 ** 31;
}
