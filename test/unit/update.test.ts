import { describe, expect, it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe.each([
  ['memory alone', false],
  ['a store below', true],
])('update, with %s', (_, hasTier) => {
  const create = (place = sharedMemoryPlace()) => createCache(hasTier ? { tier: tierOf(place.store()) } : {});

  it('changes what is there at once, and loads nothing', async () => {
    const cache = create();
    let loads = 0;
    const watch = cache.watch('k', () => ({ n: ++loads }));
    watch.subscribe(() => {});
    await settled();
    const updating = cache.update<{ n: number }>('k', ({ n }) => ({ n: n + 10 }));
    expect([cache.peek('k'), watch.read().data]).toEqual([{ n: 11 }, { n: 1 }]); // the view follows in a microtask
    expect(await updating).toBe(true);
    expect(watch.read()).toMatchObject({ data: { n: 11 }, isStale: false, isFetching: false, source: 'update' });
    await settled();
    expect(loads).toBe(1);
  });

  it('does nothing where there is nothing', async () => {
    const cache = create();
    expect(await cache.update('k', () => 1)).toBe(false);
    expect(cache.stats().entries).toBe(0);
  });

  it('is not stored if the entry was invalidated while it was made', async () => {
    for (const target of [{ key: 'k' }, { tags: ['t'] }, { all: true }] as const) {
      const cache = create();
      await cache.set('k', 1, { tags: ['t'] });
      let go: (value: number) => void = () => {};
      const updating = cache.update<number>('k', () => new Promise((resolve) => (go = resolve)));
      await cache.invalidate(target as { key: string });
      go(2);
      expect(await updating).toBe(false);
      expect(cache.peek('k')).toBeUndefined();
    }
  });

  it('is not stored over what was loaded while it was made', async () => {
    const cache = create();
    await cache.set('k', 1);
    let go: (value: number) => void = () => {};
    const updating = cache.update<number>('k', () => new Promise((resolve) => (go = resolve)));
    await cache.watch('k', () => 5).refresh();
    go(2);
    expect([await updating, cache.peek('k')]).toEqual([false, 5]);
  });

  it('is not overwritten by a load that began before it', async () => {
    const cache = create();
    await cache.set('k', 'there');
    const { answers, loader } = controlled<string>();
    const loading = cache.watch('k', loader).refresh();
    await settled();
    await cache.update('k', () => 'edited');
    answers[0]?.resolve('older');
    expect(await loading).toBe('older');
    await settled();
    expect(cache.peek('k')).toBe('edited');
  });

  it('makes nothing younger', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000 });
    await cache.set('k', 1);
    clock.advance(900);
    await cache.update('k', () => 2);
    expect(cache.peek('k')).toBe(2);
    clock.advance(200);
    expect(cache.peek('k')).toBeUndefined();
  });
});

describe('update, in the store below', () => {
  it('is there for others, and survives', async () => {
    const place = sharedMemoryPlace();
    const cache = createCache({ tier: tierOf(place.store()) });
    await cache.get('k', () => 1);
    await settled();
    expect(await cache.update('k', () => 2)).toBe(true);
    expect(await createCache({ tier: tierOf(place.store()) }).get('k', () => 'loaded')).toBe(2);
  });

  it('leaves neither here nor there what another has invalidated meanwhile', async () => {
    let before: (operation: string) => Promise<void> | undefined = () => undefined;
    const place = sharedMemoryPlace({ before: (operation) => before(operation) });
    const [mine, theirs] = [0, 1].map(() => createCache({ tier: tierOf(place.store()) }));
    await mine?.get('k', () => 1);
    await settled();
    before = async (operation) => {
      if (operation !== 'commit') return;
      before = () => undefined;
      await theirs?.invalidate({ key: 'k' });
    };
    expect(await mine?.update('k', () => 2)).toBe(false);
    expect(mine?.peek('k')).toBeUndefined();
    expect(await theirs?.get('k', () => 'loaded')).toBe('loaded');
  });

  it('is not there for others if what was changed had been invalidated, though nobody told', async () => {
    const place = sharedMemoryPlace();
    const [mine, theirs] = [0, 1].map(() => createCache({ tier: tierOf(place.store()) }));
    await mine?.get('k', () => 1, { tags: ['t'] });
    await settled();
    await theirs?.invalidate({ tags: ['t'] });
    await mine?.update('k', () => 'made of what is untrue');
    expect(await theirs?.get('k', () => 'loaded')).toBe('loaded');
    // With a right to commit that was taken afterwards, it would be:
    const naive = place.store();
    await naive.invalidate({ hashes: ['n'], tags: [], soft: false });
    const found = await naive.lookup('n', ['t:t']);
    const record = {
      version: 'v',
      value: 1,
      tags: ['t:t'],
      loadedAt: 0,
      windows: { due: 9, fresh: 9, stale: 9, expires: 9 },
    };
    expect('miss' in found && (await naive.commit('n', record, found.miss))).toBe('committed');
  });
});
