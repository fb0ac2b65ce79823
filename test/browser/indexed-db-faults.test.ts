import { afterEach, beforeEach, expect, it } from 'vitest';
import { cdp } from 'vitest/browser';
import { indexedDbStore, wipeIndexedDb } from '../../src/browser/index.js';
import type { HoldingStore } from '../../src/index.js';
import { keysOf, recordOf, until } from '../support/indexed-db-rows.js';
import type { Session } from '../support/session.js';

const browser = cdp() as Session;
const { origin } = location;

let count = 0;
let name: string;
let store: HoldingStore;
beforeEach(() => {
  name = `faults-${Date.now()}-${++count}`;
  store = indexedDbStore({ name, openDeadline: '20s', readDeadline: '20s', writeDeadline: '20s' });
});
afterEach(async () => {
  await store.close();
  await wipeIndexedDb({ name });
});

const commit = async (hash: string, value: unknown, loadedAt = Date.now()) => {
  const found = await store.lookup(hash, ['*']);
  if (!('miss' in found)) throw new Error('expected a miss');
  return store.commit(hash, recordOf(value, { loadedAt }), found.miss);
};

it('goes on after the browser has cleared the data of the origin', async () => {
  await commit('key', 'old');
  const before = await store.lookup('load', ['*']);
  await browser.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  const after = await store.lookup('key', ['*']);
  expect(after).toHaveProperty('miss');
  if ('miss' in after) await store.release('key', after.miss);
  expect('miss' in before && (await store.commit('load', recordOf('old'), before.miss))).toBe('dropped');
  expect(await commit('key', 'new')).toBe('committed');
  expect(await store.lookup('key', ['*'])).toMatchObject({ hit: { value: 'new' } });
});

it('answers other tabs in other documents', async () => {
  await commit('key', 'value');
  const frame = document.createElement('iframe');
  document.body.append(frame);
  const there = indexedDbStore({ name, indexedDB: frame.contentWindow?.indexedDB });
  expect(await there.lookup('key', ['*'])).toMatchObject({ hit: { value: 'value' } });
  await there.invalidate({ hashes: ['key'], tags: [], soft: false });
  expect(await store.lookup('key', ['*'])).toHaveProperty('miss');
  await there.close();
  frame.remove();
});

it('sweeps a thousand expired entries in slices, between which reads are answered', async () => {
  await store.close();
  let now = Date.now();
  store = indexedDbStore({ name, clock: { now: () => now }, writeDeadline: '60s', readDeadline: '60s' });
  const found = await store.lookup('k', ['*']);
  const ticket = 'miss' in found ? found.miss : {};
  const hashes = Array.from({ length: 1_000 }, (_, i) => `k${i}`);
  await Promise.all(hashes.map((hash) => store.commit(hash, recordOf(hash), ticket)));
  const left: number[] = [];
  now += 3_600_001;
  await commit('next', 'next', now);
  await until(async () => {
    expect(await store.lookup('next', ['*'])).toHaveProperty('hit');
    left.push((await keysOf(name)).length);
    return left.at(-1) === 2; // the totals and what was committed last
  });
  expect(new Set(left).size).toBeGreaterThan(3);
}, 60_000);
