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
  ['disk.maxEntris', { maxEntris: 10 }],
  ['disk.maxEntries', { maxEntries: Number.NaN }],
  ['disk.maxEntries', { maxEntries: -1 }],
  ['disk.maxBytes', { maxBytes: '50 MB' }],
  ['waitDeadline', { waitDeadline: 'soon' }],
])('refuses the disk option %s if it cannot work (%j)', (option, disk) => {
  expect(() => createBrowserCache({ name: 'shop', disk: disk as never })).toThrow(`Bad option ${option}: got `);
});

it.each([
  ['is missing', undefined, /no indexedDB/],
  ['hangs', hanging, /opening took longer than 20 ms/],
  ['throws', throwing, /SecurityError: denied/],
])(
  'is memory alone where IndexedDB %s: reads answer, invalidations hold, one event tells',
  async (_, factory, says) => {
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
    expect(String(degraded.mock.calls[0]?.[0].error)).toMatch(says);
    await cache.close();
  },
);

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
