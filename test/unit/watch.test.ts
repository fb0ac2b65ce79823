import { describe, expect, it } from 'vitest';
import { type Clock, createCache, tierOf, type View, type Watch } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

/** A loader that counts: 1, 2, 3 … */
function counting() {
  const count = { loads: 0, loader: () => ++count.loads };
  return count;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Follows a watch, noting each view it tells of. */
function followed<V>(watch: Watch<V>) {
  const views: View<V>[] = [];
  const end = watch.subscribe(() => void views.push(watch.read()));
  return { views, end };
}

/** A clock that knows how many timers are set. */
function countedClock() {
  const clock = fakeClock();
  const timers = new Set<object>();
  const counted: Clock = {
    now: clock.now,
    after(ms, task) {
      const timer = {};
      timers.add(timer);
      const cancel = clock.after(ms, () => {
        timers.delete(timer);
        task();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
  };
  return { clock: counted, timers, advance: clock.advance };
}

describe('a view', () => {
  it('is one object until something in it changes, before, while and after it is followed', async () => {
    const cache = createCache();
    const watch = cache.watch('k', () => ({ n: 1 }));
    const before = watch.read();
    expect(watch.read()).toBe(before);
    expect(before).toMatchObject({ status: 'loading', isLoading: true, data: undefined });
    const { end } = followed(watch);
    expect(watch.read()).toBe(before); // the read has begun: nothing that is shown has changed
    await settled();
    const loaded = watch.read();
    expect(loaded).not.toBe(before);
    expect(watch.read()).toBe(loaded);
    end();
    await settled(); // whoever comes back in one go finds all as it was
    const other = cache.watch('k', () => ({ n: 2 }));
    const fromMemory = watch.read();
    expect(fromMemory).toMatchObject({ status: 'success', data: { n: 1 }, source: 'memory' });
    expect(other.read()).toBe(fromMemory);
    other.subscribe(() => {});
    expect(other.read()).toBe(fromMemory);
  });

  it('starts nothing when it is only read', async () => {
    const count = counting();
    createCache().watch('k', count.loader).read();
    await settled();
    expect(count.loads).toBe(0);
  });

  it('goes from loading to success in one step, with one load for two watches', async () => {
    const cache = createCache();
    const count = counting();
    const [one, two] = [followed(cache.watch('k', count.loader)), followed(cache.watch('k', count.loader))];
    await settled();
    expect(one.views.map(({ status, data, source }) => [status, data, source])).toEqual([['success', 1, 'source']]);
    expect(two.views).toEqual(one.views);
    expect(count.loads).toBe(1);
  });

  it('is restoring while a lower tier is asked, then loading, then success', async () => {
    const place = sharedMemoryPlace({ before: settled as () => Promise<void> });
    const count = counting();
    const watch = createCache({ tier: tierOf(place.store()) }).watch('k', count.loader);
    expect(watch.read().status).toBe('restoring');
    const { views } = followed(watch);
    await expect.poll(() => watch.read().status).toBe('success');
    expect(views.map(({ status }) => status)).toEqual(['loading', 'success']);
    const reloaded = createCache({ tier: tierOf(place.store()) }).watch('k', count.loader);
    const after = followed(reloaded);
    await expect.poll(() => reloaded.read().status).toBe('success');
    expect(after.views.map(({ data, source }) => [data, source])).toEqual([[1, 'shared-memory']]);
    expect(count.loads).toBe(1);
  });

  it('changes its phase by the mere passing of time', async () => {
    const { clock, advance } = countedClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000, refreshAhead: 200, staleWhileRevalidate: 1000 });
    const watch = cache.watch('k', () => 1);
    const { views } = followed(watch);
    await settled();
    advance(5000);
    expect(views.map(({ phase, isStale, data }) => [phase, isStale, data])).toEqual([
      ['fresh', false, 1],
      ['due', false, 1],
      ['stale', true, 1],
      ['expired', true, 1],
    ]);
  });

  it('does not begin with an entry that may not be answered any more, and shows it if the load fails', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000, staleIfError: 1000 });
    await cache.set('k', 'old');
    clock.advance(1500);
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader);
    const { views } = followed(watch);
    expect(watch.read()).toMatchObject({ data: undefined, status: 'loading' });
    answers[0]?.reject(new Error('down'));
    await settled();
    expect(views.at(-1)).toMatchObject({ data: 'old', status: 'error', phase: 'fallback', isStale: true });
  });

  it('shows a value that memory does not keep, and does not call it stale', async () => {
    const cache = createCache({ maxBytes: 1000 });
    const watch = cache.watch('k', () => 'x'.repeat(10_000));
    followed(watch);
    await settled();
    expect(watch.read()).toMatchObject({ status: 'success', phase: undefined, isStale: false, isFetching: false });
    expect(watch.read().data).toHaveLength(10_000);
    await cache.set('k', 'small');
    await settled();
    expect(watch.read()).toMatchObject({ data: 'small', phase: 'fresh' });
    await watch.refresh();
    expect(watch.read()).toMatchObject({ phase: undefined, isStale: false });
    expect(watch.read().data).toHaveLength(10_000);
  });

  it('stays as it is when its entry is evicted', async () => {
    const cache = createCache({ maxEntries: 1 });
    const count = counting();
    const watch = cache.watch('k', count.loader);
    followed(watch);
    await settled();
    const before = watch.read();
    await cache.get('other', () => 1);
    expect(cache.peek('k')).toBeUndefined();
    expect(watch.read()).toBe(before);
    await cache.invalidate({ key: 'k' });
    await settled();
    expect(watch.read()).toMatchObject({ data: 2, isStale: false });
    expect(count.loads).toBe(2);
  });
});

describe('after an invalidation', () => {
  it('the data stays, marked stale, until the one load has brought the new value', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const [one, two] = [followed(cache.watch('k', loader)), followed(cache.watch('k', loader))];
    answers[0]?.resolve('old');
    await settled();
    one.views.length = 0;
    await cache.invalidate({ key: 'k' });
    expect(one.views.at(-1)).toMatchObject({ data: 'old', isStale: true, isFetching: true, status: 'success' });
    answers[1]?.resolve('new');
    await settled();
    expect(one.views.map(({ data, isStale }) => [data, isStale])).toEqual([
      ['old', true],
      ['new', false],
    ]);
    expect(two.views.at(-1)).toBe(one.views.at(-1));
    expect(answers).toHaveLength(2);
  });

  it.each([
    ['without a tier', false],
    ['over a store', true],
  ])('of its tag, prefix or everything it loads once each, and after others not at all, %s', async (_, hasTier) => {
    const cache = createCache(hasTier ? { tier: tierOf(sharedMemoryPlace().store()) } : {});
    const count = counting();
    const watch = cache.watch(['user', 1], count.loader, { tags: ['users'], ttl: 0, staleWhileRevalidate: '1h' });
    followed(watch);
    await settled();
    const loads = [];
    for (const target of [{ tags: ['users'] }, { prefix: ['user'] }, { all: true }, { tags: ['x'] }, { key: 'y' }]) {
      await cache.invalidate(target as { tags: string[] });
      await settled();
      loads.push(count.loads);
    }
    expect(loads).toEqual([2, 3, 4, 4, 4]);
    await cache.expire({ key: ['user', 1] });
    await settled();
    expect(watch.read().data).toBe(5);
  });

  it('during the first load, it ends with the new value whichever load ends first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const cache = createCache();
      const { answers, loader } = controlled<string>();
      const watch = cache.watch('k', loader);
      const { views } = followed(watch);
      await cache.invalidate({ key: 'k' });
      for (const n of order) {
        answers[n]?.resolve(n === 0 ? 'old' : 'new');
        await settled();
      }
      expect(watch.read()).toMatchObject({ data: 'new', isStale: false, isFetching: false });
      expect(views.map(({ data }) => data)).not.toContain('old');
      expect(answers).toHaveLength(2);
    }
  });

  it('by another cache without a bus, it follows as soon as the store refuses what it loaded', async () => {
    const place = sharedMemoryPlace();
    const [mine, theirs] = [place, place].map((at) => createCache({ tier: tierOf(at.store()) }));
    const { answers, loader } = controlled<string>();
    const watch = mine?.watch('k', loader) as Watch<string>;
    followed(watch);
    await settled();
    await theirs?.invalidate({ key: 'k' });
    answers[0]?.resolve('old');
    await settled();
    expect(watch.read()).toMatchObject({ data: 'old', isStale: true, isFetching: true });
    answers[1]?.resolve('new');
    await settled();
    expect(watch.read()).toMatchObject({ data: 'new', isStale: false });
  });
});

describe('an error', () => {
  it('keeps the data and ends with the next success', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader);
    const { views } = followed(watch);
    answers[0]?.resolve('v');
    await settled();
    const failing = watch.refresh();
    answers[1]?.reject(new Error('down'));
    await Promise.allSettled([failing]);
    expect(views.at(-1)).toMatchObject({ data: 'v', status: 'error', error: new Error('down'), isStale: false });
    const refreshing = watch.refresh();
    expect(watch.read().isFetching).toBe(true);
    answers[2]?.resolve('w');
    expect(await refreshing).toBe('w');
    expect(views.at(-1)).toMatchObject({ data: 'w', status: 'success', error: undefined });
  });

  it('without data: loading again is loading, and the error stays until it ends', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader);
    followed(watch);
    answers[0]?.reject(new Error('down'));
    await settled();
    expect(watch.read()).toMatchObject({ status: 'error', isLoading: false, isFetching: false });
    const refreshing = watch.refresh();
    expect(watch.read()).toMatchObject({ status: 'error', isLoading: true, isFetching: true });
    answers[1]?.resolve('v');
    await refreshing;
    expect(watch.read()).toMatchObject({ status: 'success', isLoading: false, error: undefined });
  });

  it('of a load that was overtaken is not shown', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader);
    followed(watch);
    await cache.invalidate({ key: 'k' });
    answers[1]?.resolve('new');
    await settled();
    answers[0]?.reject(new Error('late'));
    await settled();
    expect(watch.read()).toMatchObject({ data: 'new', status: 'success', error: undefined });
  });

  it('of a load behind is shown beside the data', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000, staleWhileRevalidate: 1000 });
    await cache.set('k', 'v');
    clock.advance(1500);
    const watch = cache.watch<string>('k', () => Promise.reject(new Error('down')));
    followed(watch);
    await settled();
    expect(watch.read()).toMatchObject({ data: 'v', status: 'error', error: new Error('down'), phase: 'stale' });
  });
});

describe('what nobody follows any more', () => {
  it('leaves no timers and no listeners, and loads no more', async () => {
    const { clock, timers } = countedClock();
    const cache = createCache({ clock, ttl: 1000 });
    const count = counting();
    const ends = [1, 2, 3].map((n) => cache.watch(['k', n % 2], count.loader).subscribe(() => {}));
    await settled();
    expect(timers.size).toBe(2);
    for (const end of ends) end();
    for (const end of ends) end(); // twice does no harm
    expect(timers.size).toBe(0);
    const { loads } = count;
    await cache.invalidate({ all: true });
    await settled();
    expect([count.loads, timers.size]).toEqual([loads, 0]);
  });

  it('is not revived by a load that ends later', async () => {
    const { clock, timers } = countedClock();
    const cache = createCache({ clock });
    const { answers, loader } = controlled<string>();
    const { views, end } = followed(cache.watch('k', loader));
    end();
    answers[0]?.resolve('v');
    await settled();
    expect([views, timers.size, cache.peek('k')]).toEqual([[], 0, 'v']);
  });

  it.each([
    ['null', null, {}],
    ['a disabled key', 'k', { enabled: false }],
  ])('%s is idle and loads nothing', async (_, key, options) => {
    const cache = createCache();
    const count = counting();
    const watch = cache.watch(key, count.loader, options);
    followed(watch);
    await cache.invalidate({ all: true });
    await settled();
    expect([watch.read().status, count.loads]).toEqual(['idle', 0]);
    if (key === null) await expect(watch.refresh()).rejects.toThrow('nothing to refresh');
    else expect(await watch.refresh()).toBe(1);
  });
});
