import { afterEach, expect, it, vi } from 'vitest';
import { createBrowserCache, wipeIndexedDb } from '../../src/browser/index.js';
import { fakeClock } from '../../src/testing/index.js';

afterEach(() => vi.unstubAllGlobals());

const hanging = { open: () => ({}) } as unknown as IDBFactory;
const throwing = {
  open: () => {
    throw new DOMException('denied', 'SecurityError');
  },
} as unknown as IDBFactory;

it.each([
  ['name', {}],
  ['name', { name: 7 }],
  ['scope', { name: 'shop', scope: 42 }],
  ['scope', { name: 'shop', scope: null }],
])('refuses a %s that is no string', (option, options) => {
  expect(() => createBrowserCache(options as never)).toThrow(new RegExp(`${option}.*string`));
});

it.each([
  ['is missing', undefined],
  ['hangs', hanging],
  ['throws', throwing],
])('is memory alone where IndexedDB %s: reads answer, invalidations hold, one event tells', async (_, factory) => {
  vi.stubGlobal('indexedDB', factory);
  const cache = createBrowserCache({ name: 'alone', ttl: '1m', disk: { openDeadline: 20 } });
  const degraded = vi.fn();
  cache.on('degraded', degraded);
  let loads = 0;
  const load = () => ++loads;
  expect(await cache.get('key', load)).toBe(1);
  expect(await cache.get('key', load)).toBe(1);
  expect(await cache.get(['other'], load)).toBe(2);
  expect(await cache.invalidate({ key: 'key' })).toEqual({ durable: false });
  expect(await cache.get('key', load)).toBe(3);
  expect(degraded).toHaveBeenCalledTimes(1);
  await cache.close();
});

it('answers for a day what is stale, and loads behind it', async () => {
  const clock = fakeClock();
  const name = 'a-day';
  const cache = createBrowserCache({ name, ttl: '1m', clock });
  let loads = 0;
  const load = () => ++loads;
  await cache.get('key', load);
  clock.advance(23 * 3_600_000);
  expect(await cache.get('key', load)).toBe(1);
  await vi.waitUntil(() => loads === 2);
  clock.advance(26 * 3_600_000);
  expect(await cache.get('key', load)).toBe(3);
  await cache.close();
  await wipeIndexedDb({ name });
});
