import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Commit, Store, Ticket } from '../contracts/store.js';

/** Two stores over one new, empty place: two tabs, or two processes. */
export type MakeStores = () => Promise<{ stores: readonly [Store, Store]; cleanup: () => Promise<void> }>;

export const WINDOWS = { due: 3_600_000, fresh: 3_600_000, stale: 7_200_000, expires: 7_200_000 };
export const HASH = '["user",1]';
export const TAGS = ['*', 'p:["user"]', 't:users'];
export const TARGETS: readonly (readonly [string, Partial<Invalidation>])[] = [
  ['its key', { hashes: [HASH] }],
  ['a tag', { tags: ['t:users'] }],
  ['a tag that only the load told', { tags: ['t:told'] }],
  ['a prefix', { tags: ['p:["user"]'] }],
  ['everything', { tags: ['*'] }],
];

let versions = 0;

/** A record as the core makes it. */
export function record(value: unknown, tags: readonly string[] = TAGS): EntryRecord {
  return { version: `contract${++versions}`, value, tags, loadedAt: Date.now(), windows: WINDOWS };
}

/** What every case of the store contract is made of. */
export interface StoreSteps {
  /** A test body over two stores of a new place, which are closed after it. */
  over(body: (a: Store, b: Store) => Promise<void>): () => Promise<void>;
  /** A ticket, after waiting for whoever has it. */
  ticketFor(store: Store, hash?: string, tags?: readonly string[], besides?: string): Promise<Ticket>;
  storeIn(store: Store, entry: EntryRecord, hash?: string): Promise<Commit>;
  invalidate(store: Store, part: Partial<Invalidation>, soft?: boolean): Promise<void>;
  /** The value of a hit, or `'no hit'`. */
  valueIn(store: Store, hash?: string): Promise<unknown>;
}

export function createSteps(makeStores: MakeStores): StoreSteps {
  const over = (body: (a: Store, b: Store) => Promise<void>) => async () => {
    const { stores, cleanup } = await makeStores();
    try {
      await body(...stores);
    } finally {
      await Promise.all(stores.map((store) => store.close()));
      await cleanup();
    }
  };

  const ticketFor = async (
    store: Store,
    hash = HASH,
    tags: readonly string[] = TAGS,
    besides?: string,
  ): Promise<Ticket> => {
    for (let tries = 0; tries < 100; tries++) {
      const found = await store.lookup(hash, tags, besides);
      if ('miss' in found) return found.miss;
      if ('busy' in found) await found.busy;
      else throw new Error(`Expected a miss of ${hash}, got ${Object.keys(found).join()}`);
    }
    throw new Error(`No ticket for ${hash}`);
  };

  const storeIn = async (store: Store, entry: EntryRecord, hash = HASH) =>
    store.commit(hash, entry, await ticketFor(store, hash, entry.tags));

  const invalidate = (store: Store, part: Partial<Invalidation>, soft = false) =>
    store.invalidate({ hashes: [], tags: [], ...part, soft });

  const valueIn = async (store: Store, hash = HASH) => {
    const found = await store.lookup(hash, TAGS);
    if ('miss' in found) await store.release(hash, found.miss);
    return 'hit' in found ? found.hit.value : 'no hit';
  };

  return { over, ticketFor, storeIn, invalidate, valueIn };
}
