import { describe, expect, it } from 'vitest';
import { type Cache, createCache, type Store, tierOf } from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A loader whose answers the test gives by hand. */
function controlled<V>() {
  const answers: ((value: V) => void)[] = [];
  return { answers, loader: () => new Promise<V>((resolve) => void answers.push(resolve)) };
}

function pair(): [Cache, Cache] {
  const place = sharedMemoryPlace();
  return [createCache({ tier: tierOf(place.store()) }), createCache({ tier: tierOf(place.store()) })];
}

describe('two caches over one store, without a bus', () => {
  it('share what one of them loaded', async () => {
    const [a, b] = pair();
    await a.get('k', () => 'v');
    await settled();
    expect(await b.get('k', () => Promise.reject(new Error('must not load')))).toBe('v');
  });

  it.each([
    ['key', { key: ['user', 1] }],
    ['tag', { tags: ['users'] }],
    ['prefix', { prefix: ['user'] }],
    ['all', { all: true }],
  ] as const)('a load of one is not kept after an invalidation by %s in the other', async (_, target) => {
    const [a, b] = pair();
    const { answers, loader } = controlled<string>();
    const read = (cache: Cache) => cache.get(['user', 1], loader, { tags: ['users'] });
    const before = read(a);
    await settled();
    await b.invalidate(target);
    answers[0]?.('OLD');
    expect(await before).toBe('OLD');
    await settled(); // the store has refused it by now, and memory has learnt it
    const after = read(a);
    await settled();
    answers[1]?.('NEW');
    expect(await after).toBe('NEW');
  });
});

describe('a store that fails', () => {
  const broken = (fail: () => Promise<never>): Store => ({
    name: 'broken',
    lookup: fail,
    commit: fail,
    release: fail,
    invalidate: fail,
    close: fail,
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('gone'))],
    ['hangs', () => new Promise<never>(() => {})],
    [
      'throws',
      () => {
        throw new Error('gone');
      },
    ],
  ])('that %s makes reads slower, never wrong', async (_, fail) => {
    const cache = createCache({ tier: tierOf(broken(fail), { timeout: 20 }) });
    const degraded: string[] = [];
    cache.on('degraded', ({ tier }) => degraded.push(tier));
    expect(await cache.get('k', () => 'v')).toBe('v');
    expect(await cache.get('k', () => 'other')).toBe('v');
    expect(await cache.invalidate({ key: 'k' })).toEqual({ durable: false });
    expect(await cache.get('k', () => 'w')).toBe('w');
    expect(degraded).toEqual(['broken']); // once per incident
    await cache.close();
  });

  it('gets what it missed before anything is read from it again', async () => {
    const place = sharedMemoryPlace();
    const store = place.store();
    let down = false;
    const flaky: Store = {
      ...store,
      lookup: (...args) => (down ? Promise.reject(new Error('down')) : store.lookup(...args)),
      invalidate: (...args) => (down ? Promise.reject(new Error('down')) : store.invalidate(...args)),
    };
    const cache = createCache({ tier: tierOf(flaky), maxEntries: 0 }); // nothing in memory: every read asks the store
    let n = 0;
    const load = () => ++n;
    await cache.get('k', load);
    await settled();
    expect(await cache.get('k', load)).toBe(1);
    down = true;
    expect((await cache.invalidate({ key: 'k' })).durable).toBe(false);
    down = false;
    expect(await cache.get('k', load)).toBe(2);
    await cache.close();
  });
});
