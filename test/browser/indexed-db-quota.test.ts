import { afterEach, expect, it, vi } from 'vitest';
import { databaseName } from '../../src/browser/database-name.js';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import { recordOf, settled } from '../support/indexed-db-rows.js';

/** A bucket has a quota of its own, so that what other tests write at the same time doesn't count. */
interface Buckets {
  open(bucket: string, options: { quota: number }): Promise<{ readonly indexedDB: IDBFactory }>;
  delete(bucket: string): Promise<void>;
}
const { storageBuckets } = navigator as unknown as { storageBuckets: Buckets };

const QUOTA = 5_000_000;
const SIZE = 300_000;
const name = `quota-${Date.now()}`;
const deadlines = { openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s' } as const;

afterEach(() => storageBuckets.delete(name));

/** Random, because Chromium compresses what it stores. */
const random = (size = SIZE) => {
  const part = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(part.subarray(at, at + 65_536));
  return part;
};

// Chromium gives the room of deleted rows back minutes later, so that the cache doesn't recover within a test.
it('when the quota is exceeded, says nothing is committed that is not, goes on reading, and evicts a fifth once', async () => {
  const { indexedDB } = await storageBuckets.open(name, { quota: QUOTA });
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

/** Another database of the bucket takes what room there is, to the last bytes. */
async function fill(indexedDB: IDBFactory): Promise<void> {
  const request = indexedDB.open('other', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('rows', { autoIncrement: true });
  const db = await settled(request);
  for (let size = SIZE; size > 8; ) {
    const transaction = db.transaction('rows', 'readwrite');
    transaction.objectStore('rows').put(random(size));
    const isFull = await new Promise((resolve) => {
      transaction.oncomplete = () => resolve(false);
      transaction.onabort = () => resolve(true);
    });
    if (isFull) size /= 2;
  }
  db.close();
}

it('on a disk without room for a mark, what is invalidated is untrue all the same, in every tab', async () => {
  const { indexedDB } = await storageBuckets.open(name, { quota: QUOTA });
  const [store, other] = [1, 2].map(() => indexedDbStore({ name, indexedDB, locks: null, ...deadlines }));
  if (!store || !other) throw new Error('expected two');
  const ask = async (hash: string) => {
    const found = await store.lookup(hash, ['*']);
    return 'miss' in found ? found.miss : {};
  };
  await store.commit('key', recordOf('old', { tags: ['t:a'] }), await ask('key'));
  const underWay = await ask('load');
  await fill(indexedDB);
  await expect(store.commit('more', recordOf(random()), underWay)).rejects.toThrow(/quota/i);
  expect(await other.lookup('key', ['*'])).toMatchObject({ hit: { value: 'old' } });
  await store.invalidate({ hashes: [], tags: ['t:a'], soft: false });
  expect(await other.lookup('key', ['*'])).toHaveProperty('miss');
  expect(await store.commit('load', recordOf('old', { tags: ['t:a'] }), underWay).catch(() => 'rejected')).not.toBe(
    'committed',
  );
  await store.hold({ hashes: ['key'], tags: [], soft: false }, 60_000);
  expect(await other.lookup('key', ['*'])).not.toHaveProperty('hit');
  await Promise.all([store, other].map((one) => one.close()));
}, 60_000);

it('on a disk without room for anything, a scope is wiped though a tab does not let go of it', async () => {
  const { indexedDB } = await storageBuckets.open(name, { quota: QUOTA });
  const store = indexedDbStore({ name, indexedDB, locks: null, ...deadlines });
  const found = await store.lookup('key', ['*']);
  await store.commit('key', recordOf('old'), 'miss' in found ? found.miss : {});
  const stubborn = await settled(indexedDB.open(databaseName({ name })));
  await fill(indexedDB);
  await wipeIndexedDb({ name, indexedDB });
  expect(await settled(stubborn.transaction('rows').objectStore('rows').count('ekey'))).toBe(0);
  stubborn.close();
  await store.close();
}, 60_000);
