import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import { storeContract } from '../../src/testing/store-contract.js';

let space = 0;
storeContract({ describe, it, expect }, 'fake IndexedDB', async () => {
  const name = `contract${++space}`;
  return { stores: [indexedDbStore({ name }), indexedDbStore({ name })], cleanup: () => wipeIndexedDb({ name }) };
});

it('waits for ever where its deadlines say so, not for no time at all, as timers take it', async () => {
  const name = `patient${++space}`;
  const forEver = Number.POSITIVE_INFINITY;
  const deadlines = { openDeadline: forEver, readDeadline: forEver, writeDeadline: forEver, waitDeadline: forEver };
  // A disk that takes longer than a timer that fires at once.
  const slow = new Proxy(indexedDB, {
    get: (factory, member) => (member === 'open' ? openLate : Reflect.get(factory, member)),
  });
  const openLate: IDBFactory['open'] = (...database) => {
    const request = indexedDB.open(...database);
    const late = { result: undefined as unknown, error: null } as unknown as IDBOpenDBRequest;
    request.onupgradeneeded = (event) => {
      Object.assign(late, { result: request.result });
      late.onupgradeneeded?.call(late, event);
    };
    request.onsuccess = (event) => {
      Object.assign(late, { result: request.result });
      setTimeout(() => late.onsuccess?.call(late, event), 30);
    };
    return late;
  };
  const store = indexedDbStore({ name, indexedDB: slow, ...deadlines });
  expect(await store.lookup('k', ['*'])).toHaveProperty('miss');
  await store.close();
  await wipeIndexedDb({ name });
});

it('explains what is on disk, which mark reaches it, and what a lookup would answer', async () => {
  const name = `explained${++space}`;
  const store = indexedDbStore({ name });
  const answers = async () => (await store.explain('k', ['*', 't:a']))['answers'];
  expect(await answers()).toBe('miss: no record');
  const found = await store.lookup('k', ['*', 't:a']);
  if (!('miss' in found)) throw new Error('expected a miss');
  const windows = { due: 60_000, fresh: 60_000, stale: 60_000, expires: 60_000 };
  const record = { version: 'v', revision: '7', value: 1, tags: ['*', 't:a'], loadedAt: Date.now(), windows };
  await store.commit('k', record, found.miss);
  expect(await store.explain('k', [])).toMatchObject({ record: { version: 'v', revision: '7' }, answers: 'hit' });
  await store.invalidate({ hashes: [], tags: ['t:a'], soft: true });
  expect(await answers()).toBe('stale hit: the record is from before an expiry of tt:a');
  await store.invalidate({ hashes: [], tags: ['t:a'], soft: false });
  expect(await answers()).toBe('miss: the record is from before an invalidation of tt:a');
  await store.hold({ hashes: ['k'], tags: [], soft: false }, 60_000);
  expect(await answers()).toBe('held: a mutation is under way that names kk');
  await store.close();
  await wipeIndexedDb({ name });
});
