import { afterAll, expect, it, vi } from 'vitest';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import { recordOf } from '../support/indexed-db-rows.js';

/** A bucket has a quota of its own, so that what other tests write at the same time doesn't count. */
interface Buckets {
  open(bucket: string, options: { quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
  delete(bucket: string): Promise<void>;
}
const { storageBuckets } = navigator as unknown as { storageBuckets: Buckets };

const QUOTA = 5_000_000;
const SIZE = 300_000;
const name = `quota-${Date.now()}`;

afterAll(() => storageBuckets.delete(name));

/** Random, because Chromium compresses what it stores. */
const random = () => {
  const part = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 65_536) crypto.getRandomValues(part.subarray(at, at + 65_536));
  return part;
};

// Chromium gives the room of deleted rows back minutes later, so that the cache doesn't recover within a test.
it('when the quota is exceeded, says nothing is committed that is not, goes on reading, and evicts a fifth once', async () => {
  const { indexedDB } = await storageBuckets.open(name, { quota: QUOTA });
  const deadlines = { openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s' } as const;
  const store = indexedDbStore({ name, indexedDB, ...deadlines });
  const aborts: (string | undefined)[] = [];
  const transaction = IDBDatabase.prototype.transaction;
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (this: IDBDatabase, ...args) {
    const made = transaction.apply(this, args);
    made.addEventListener('abort', () => aborts.push(made.error?.name));
    return made;
  });
  const committed: string[] = [];
  let rejected = 0;
  for (let i = 0; i < 40; i++) {
    const hash = `k${i}`;
    const found = await store.lookup(hash, ['*']);
    if (!('miss' in found)) throw new Error('expected a miss');
    try {
      expect(await store.commit(hash, recordOf(random(), { ttl: 3_600_000 + i }), found.miss)).toBe('committed');
      committed.push(hash);
    } catch (error) {
      expect(error).toMatchObject({ name: 'StoreError', message: expect.stringMatching(/quota/i) });
      rejected++;
    }
    expect(await store.lookup(committed.at(-1) ?? '', ['*'])).toHaveProperty('hit');
  }
  vi.restoreAllMocks();
  expect(aborts).toContain('QuotaExceededError');
  expect(rejected).toBeGreaterThan(10);
  const found = await Promise.all(committed.map((hash) => store.lookup(hash, ['*'])));
  const evicted = found.filter((lookup) => 'miss' in lookup).length;
  expect(evicted).toBeGreaterThan(0);
  expect(evicted).toBeLessThanOrEqual(Math.ceil(committed.length / 5) + 1);
  expect(found[0]).toHaveProperty('miss'); // what expires soonest
  await store.close();
  await wipeIndexedDb({ name, indexedDB });
}, 60_000);
