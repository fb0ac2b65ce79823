import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import type { Bus, EntryRecord, HoldingStore, Invalidation, Lookup, Ticket } from '../../src/index.js';
import { createRedis, type RedisClient, type RedisOptions } from '../../src/node/index.js';
import { linkOf } from '../../src/node/redis-client.js';
import { createRedisKeys } from '../../src/node/redis-keys.js';
import { until } from './until.js';

export interface Connected {
  readonly client: RedisClient;
  close(): Promise<void>;
}

/** A client of each library, over a single server or over the nodes of a cluster. */
export const clients = {
  ioredis: async ([url = '']: string[]): Promise<Connected> => {
    const client = new Redis(url);
    return { client, close: async () => void (await client.quit()) };
  },
  'node-redis': async ([url = '']: string[]): Promise<Connected> => {
    const client = await createClient({ url }).connect();
    return { client, close: async () => client.destroy() };
  },
  'an ioredis cluster': async (urls: string[]): Promise<Connected> => {
    const client = new Cluster(urls);
    return { client, close: async () => void (await client.quit()) };
  },
  'a node-redis cluster': async (urls: string[]): Promise<Connected> => {
    const client = await createCluster({ rootNodes: urls.map((url) => ({ url })) }).connect();
    return { client, close: async () => client.destroy() };
  },
};

let spaces = 0;

/** A namespace of its own, and as many processes' stores on it as are asked for. */
export function spaceOn(client: RedisClient, prefix: string) {
  const namespace = `${prefix}${++spaces}`;
  const open: { store: HoldingStore; bus: Bus }[] = [];
  const link = linkOf(client);
  return {
    namespace,
    keys: createRedisKeys(namespace),
    process(options: Partial<RedisOptions> = {}) {
      const made = createRedis({ redis: client, namespace, ...options });
      open.push(made);
      return made;
    },
    store(options: Partial<RedisOptions> = {}): HoldingStore {
      return this.process(options).store;
    },
    /** What an eviction, an operator or another program does. */
    raw: (key: string, ...args: string[]) => link.command(key, args),
    async close() {
      await Promise.all(open.flatMap(({ store, bus }) => [store.close(), bus.close()]));
    },
  };
}

export const EVERYTHING = ['*'];
const MINUTE = 60_000;
let versions = 0;

/** A record as the core makes it: with the tag of everything. */
export function recordOf(value: unknown, tags: string[] = [], given: Partial<EntryRecord> = {}): EntryRecord {
  const windows = { due: MINUTE, fresh: MINUTE, stale: MINUTE, expires: MINUTE };
  return { version: `v${++versions}`, value, tags: ['*', ...tags], loadedAt: Date.now(), windows, ...given };
}

export const invalidation = (given: Partial<Invalidation>): Invalidation => ({
  hashes: [],
  tags: [],
  soft: false,
  ...given,
});

export function ticketOf(lookup: Lookup): Ticket {
  if (!('miss' in lookup)) throw new Error(`expected a miss, got ${JSON.stringify(lookup)}`);
  return lookup.miss;
}

/** A whole load: lookup, and the commit of what it brought. */
export async function put(store: HoldingStore, hash: string, record: EntryRecord, tags = record.tags) {
  return store.commit(hash, record, ticketOf(await store.lookup(hash, tags)));
}

/** What a bus has told. */
export function listenTo(bus: Bus) {
  const heard: (Invalidation | 'gap')[] = [];
  bus.subscribe({ invalidated: (one) => heard.push(one), gap: () => heard.push('gap') });
  return {
    heard,
    invalidations: () => heard.filter((one) => one !== 'gap'),
    gaps: () => heard.filter((one) => one === 'gap').length,
    /** Once the subscription stands, there is no more gap without a cause. */
    async begins() {
      await until(() => heard.includes('gap'));
      await pause(50);
      heard.length = 0;
    },
  };
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
