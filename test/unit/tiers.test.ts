import { describe, expect, it } from 'vitest';
import {
  type Bus,
  type BusListener,
  type Cache,
  ClosedError,
  createCache,
  type Lookup,
  type Store,
  tierOf,
  UnstorableError,
} from '../../src/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

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
    answers[0]?.resolve('OLD');
    expect(await before).toBe('OLD');
    await settled(); // the store has refused it by now, and memory has learnt it
    const after = read(a);
    await settled();
    answers[1]?.resolve('NEW');
    expect(await after).toBe('NEW');
  });
});

it('what a store cannot keep is there for this cache, and told with the reason, adopted from a page too', async () => {
  const cache = createCache({ tier: tierOf(sharedMemoryPlace().store()) });
  const told: unknown[] = [];
  cache.on('unstorable', (event) => void told.push(event));
  const value = { run: () => 1 };
  expect(await cache.get('loaded', () => value)).toBe(value);
  const page = createCache();
  await page.get('of a page', () => value);
  cache.hydrate(page.dehydrate());
  await settled();
  expect([cache.peek('loaded'), cache.peek('of a page')]).toEqual([value, value]);
  const error: unknown = expect.any(UnstorableError);
  expect(told).toMatchObject([
    { hash: 'loaded', error },
    { hash: 'of a page', error },
  ]);
  expect(String((told[0] as { error: Error }).error)).toMatch(/cannot keep the value of loaded: .*could not be cloned/);
});

describe('refresh', () => {
  it('joins a read that finds nothing, and loads behind one that finds something', async () => {
    const place = sharedMemoryPlace();
    const open = () => createCache({ tier: tierOf(place.store()) });
    let n = 0;
    const both = (cache: Cache) => Promise.all([cache.get('k', () => ++n), cache.watch('k', () => ++n).refresh()]);
    expect(await both(open())).toEqual([1, 1]);
    await settled();
    expect(await both(open())).toEqual([1, 2]);
  });

  it('loads although memory and the store have something fresh, and rejects if the load fails', async () => {
    const place = sharedMemoryPlace();
    const open = () => createCache({ tier: tierOf(place.store()) });
    let n = 0;
    await open().get('k', () => ++n);
    await settled();
    const cache = open(); // its memory is empty, the store has it
    expect(await cache.watch('k', () => ++n).refresh()).toBe(2);
    await settled();
    expect(await cache.watch('k', () => ++n).refresh()).toBe(3);
    await settled();
    expect(await open().get('k', () => ++n)).toBe(3);
    const failing = () => Promise.reject(new Error('down'));
    await expect(cache.watch('k', failing).refresh()).rejects.toThrow('down');
    expect(await cache.get('k', failing)).toBe(3);
  });

  it('rejects on a closed cache, as a read does', async () => {
    const cache = createCache();
    await cache.close();
    await expect(cache.watch('k', () => 1).refresh()).rejects.toThrow(ClosedError);
    await expect(cache.get('k', () => 1)).rejects.toThrow(ClosedError);
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

  it('gets a ticket back that it gave too late', async () => {
    const released: string[] = [];
    const answers: ((found: Lookup) => void)[] = [];
    const slow: Store = {
      ...sharedMemoryPlace().store(),
      lookup: () => new Promise((resolve) => void answers.push(resolve)),
      release: async (hash) => void released.push(hash),
    };
    const cache = createCache({ tier: tierOf(slow, { timeout: 20 }) });
    expect(await cache.get('k', () => 'v')).toBe('v');
    expect(released).toEqual([]);
    answers[0]?.({ miss: {} });
    await settled();
    expect(released).toEqual(['k']);
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

describe('after a gap in what is heard from others', () => {
  /** A bus that says what the test tells it to. */
  function deafBus() {
    const listeners = new Set<BusListener>();
    const bus: Bus = {
      publish() {},
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      close: async () => {},
    };
    return { bus, gap: () => listeners.forEach((listener) => void listener.gap()) };
  }

  it.each(['in memory', 'in a load under way'])(
    'what was %s is checked against the store before it is answered',
    async (where) => {
      const place = sharedMemoryPlace();
      const { bus, gap } = deafBus();
      const a = createCache({ tier: tierOf(place.store()), bus });
      const b = createCache({ tier: tierOf(place.store()) });
      const { answers, loader } = controlled<string>();
      const first = a.get('k', loader);
      await settled();
      if (where === 'in memory') answers[0]?.resolve('OLD');
      await settled();
      await b.invalidate({ tags: ['t'] }); // a does not hear of what b does
      await b.invalidate({ key: 'k' });
      gap();
      answers[0]?.resolve('OLD');
      expect(await first).toBe('OLD');
      const after = a.get('k', loader);
      await settled();
      answers[1]?.resolve('NEW');
      expect(await after).toBe('NEW');
    },
  );

  it('what is still true is confirmed without a load, and stays the same object', async () => {
    const place = sharedMemoryPlace();
    const { bus, gap } = deafBus();
    const cache = createCache({ tier: tierOf(place.store()), bus });
    const value = await cache.get('k', () => ({ n: 1 }));
    await settled();
    gap();
    expect(cache.peek('k')).toBeUndefined();
    expect(await cache.get('k', () => Promise.reject(new Error('must not load')))).toBe(value);
    expect(cache.peek('k')).toBe(value);
  });
});
