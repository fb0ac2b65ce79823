import { describe, expect, it, onTestFinished } from 'vitest';
import { createCache, type LoadContext, OvertakenLoadError, ReentrantLoadError, tierOf } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A cache over a place that others may share. */
function over(place: ReturnType<typeof sharedMemoryPlace>) {
  return createCache({ ttl: '1h', tier: tierOf(place.store()) });
}

/** Two ways to have a cache: what holds for one holds for the other. */
const caches = [
  ['memory alone', () => createCache({ ttl: '1h' })],
  ['a store', () => over(sharedMemoryPlace())],
] as const;

describe.each(caches)('a refresh over %s', (_, open) => {
  it('answers nothing whose load began before it, though nobody told of the write', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const polling = cache.get('k', loader);
    await settled();
    const refreshing = cache.watch('k', loader).refresh(); // after a save of which the cache knows nothing
    await settled();
    answers[1]?.resolve('new');
    expect(await refreshing).toBe('new');
    answers[0]?.resolve('old');
    await polling;
    await settled();
    expect(cache.peek('k')).toBe('new');
  });

  it('does not wait for an older loader that goes on, and that gets its own readers what it brings first', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const polling = [cache.get('k', loader), cache.get('l', loader)];
    await settled();
    const refreshing = [cache.watch('k', loader).refresh(), cache.watch('l', loader).refresh()];
    await settled();
    answers[2]?.resolve('new k');
    expect(await polling[0]).toBe('new k'); // its own loader never ends
    answers[1]?.resolve('old l');
    expect(await polling[1]).toBe('old l'); // asked before the refresh, and there before its answer
    answers[3]?.resolve('new l');
    expect(await Promise.all(refreshing)).toEqual(['new k', 'new l']);
    expect([cache.peek('k'), cache.peek('l')]).toEqual(['new k', 'new l']);
  });

  it('does not wait for a chain of older loaders that go on', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const asked = [cache.get('k', loader)];
    for (let i = 0; i < 3; i++) {
      await settled();
      asked.push(cache.watch('k', loader).refresh());
    }
    await settled();
    answers[3]?.resolve('newest');
    expect(await Promise.all(asked)).toEqual(['newest', 'newest', 'newest', 'newest']);
    expect(answers).toHaveLength(4);
  });

  it('leaves an older load that goes on to its readers, if it fails', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const polling = cache.get('k', loader);
    await settled();
    await expect(cache.watch('k', () => Promise.reject(new Error('down'))).refresh()).rejects.toThrow('down');
    answers[0]?.resolve('old');
    expect(await polling).toBe('old');
  });

  it('no view shows the end of an older load that goes on, stored or not', async () => {
    for (const maxEntries of [100, 0]) {
      const cache = createCache({ ttl: '1h', maxEntries });
      const { answers, loader } = controlled<string>();
      const watch = cache.watch('k', loader);
      const errors: unknown[] = [];
      const told: string[] = [];
      const stop = watch.subscribe(() => errors.push(watch.read().error));
      for (const type of ['loaded', 'load-failed'] as const) cache.on(type, () => void told.push(type));
      await settled();
      const refreshing = watch.refresh();
      await settled();
      answers[1]?.resolve('new');
      expect(await refreshing).toBe('new');
      await settled();
      expect(watch.read()).toMatchObject({ data: 'new', error: undefined, isFetching: false });
      expect(new Set(errors)).toEqual(new Set([undefined]));
      expect(told).toEqual(['load-failed', 'loaded']); // whoever shows the latest shows what is true
      stop();
    }
  });

  it('each load that has begun ends, by one event', async () => {
    const cache = open();
    const told: string[] = [];
    for (const type of ['load', 'loaded', 'load-failed'] as const) cache.on(type, () => void told.push(type));
    const { answers, loader } = controlled<string>();
    const stoppable = ({ signal }: LoadContext) =>
      new Promise<string>((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const reading = [cache.get('goes on', loader), cache.get('gives up', stoppable)];
    await settled();
    reading.push(cache.watch('goes on', () => 'v').refresh(), cache.watch('gives up', () => 'v').refresh());
    expect(await Promise.all(reading)).toEqual(['v', 'v', 'v', 'v']);
    answers[0]?.resolve('old');
    await settled();
    expect(told.sort()).toEqual([...Array(4).fill('load'), 'load-failed', 'load-failed', 'loaded', 'loaded']);
  });

  it('ends the older load, and gives its readers the newer answer', async () => {
    const cache = open();
    const signals: AbortSignal[] = [];
    const { answers, loader } = controlled<string>();
    const stoppable = async (context: LoadContext): Promise<string> => {
      signals.push(context.signal);
      const stopped = new Promise<never>((_, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason));
      });
      return Promise.race([loader(), stopped]);
    };
    const polling = cache.get('k', stoppable);
    await settled();
    const refreshing = cache.watch('k', stoppable).refresh();
    await settled();
    expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toBeInstanceOf(OvertakenLoadError);
    answers[1]?.resolve('new');
    expect(await Promise.all([polling, refreshing])).toEqual(['new', 'new']);
    expect(signals).toHaveLength(2);
  });

  it('loads once for all who ask in one go', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const [one, other] = [cache.watch('k', loader), cache.watch('k', loader)];
    const refreshing = [one.refresh(), other.refresh()];
    await settled();
    expect(answers).toHaveLength(1);
    answers[0]?.resolve('v');
    expect(await Promise.all(refreshing)).toEqual(['v', 'v']);
  });

  it('loads once with the load that a mount has begun in one go', async () => {
    const cache = open();
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader);
    const stop = watch.subscribe(() => {});
    const refreshing = watch.refresh();
    await settled();
    expect(answers).toHaveLength(1);
    answers[0]?.resolve('v');
    expect(await refreshing).toBe('v');
    stop();
  });

  it('leaves those with what may stand in who were promised that, if it fails', async () => {
    const clock = fakeClock();
    const shared = { clock, ttl: '1m', staleIfError: '1h', jitter: 0, coolDown: 0 } as const;
    const tier = _ === 'a store' ? { tier: tierOf(sharedMemoryPlace().store()) } : {};
    const cache = createCache({ ...shared, ...tier });
    await cache.get('k', () => 'first');
    clock.advance(120_000);
    const reading = cache.get('k', ({ signal }) => {
      return new Promise<string>((__, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await settled();
    const refreshing = cache.watch('k', () => Promise.reject(new Error('down'))).refresh();
    await expect(refreshing).rejects.toThrow('down');
    expect(await reading).toBe('first');
  });

  it('does not begin the load of a loader that refreshes itself again and again', async () => {
    const cache = open();
    let loads = 0;
    const load = async (): Promise<unknown> => {
      loads++;
      return cache.watch('k', load).refresh();
    };
    await expect(cache.get('k', load)).rejects.toThrow(ReentrantLoadError);
    expect(loads).toBe(1);
  });

  it('tries no more for those who wait for the older load', async () => {
    const cache = open();
    let isDown = true;
    let loads = 0;
    const load = async () => {
      loads++;
      if (isDown) throw new Error('down');
      return 'up';
    };
    const watch = cache.watch('k', load, { retry: true, retryDelay: '10m' });
    const first = watch.refresh();
    await settled();
    isDown = false;
    expect(await watch.refresh()).toBe('up');
    expect(await first).toBe('up');
    expect(loads).toBe(2);
  });
});

it('polls join what is under way', async () => {
  const clock = fakeClock();
  const cache = createCache({ clock, ttl: '1h' });
  const { answers, loader } = controlled<string>();
  const stop = cache.watch('k', loader, { refreshInterval: '1s' }).subscribe(() => {});
  answers[0]?.resolve('first');
  await settled();
  const refreshing = cache.watch('k', loader).refresh();
  clock.advance(1_000);
  await settled();
  expect(answers).toHaveLength(2);
  answers[1]?.resolve('second');
  expect(await refreshing).toBe('second');
  stop();
});

it('is no unhandled rejection where nobody waits for it, followed or not', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const cache = createCache();
  const watch = cache.watch('k', () => Promise.reject(new Error('down')));
  void watch.refresh();
  void cache.watch(null, () => 'v').refresh();
  await settled();
  expect(unhandled).toEqual([]);
  await expect(watch.refresh()).rejects.toThrow('down');
});

describe('that takes the place of a lookup', () => {
  /** A cache over this place, whose first lookup answers when the test says so: with what it found before. */
  const slow = (place: ReturnType<typeof sharedMemoryPlace>, maxEntries = 100) => {
    const store = place.store();
    const { answers, loader } = controlled<void>();
    let lookups = 0;
    const lookup: typeof store.lookup = async (...asked) => {
      const isFirst = lookups++ === 0;
      const answer = await store.lookup(...asked);
      if (isFirst) await loader();
      return answer;
    };
    const tier = tierOf(Object.assign(Object.create(store), { lookup }));
    return { cache: createCache({ ttl: '1h', maxEntries, tier }), answer: () => answers[0]?.resolve() };
  };

  /** The same, while the lookup of a read has found what is old, and has not told yet. */
  const reading = async (maxEntries?: number) => {
    const place = sharedMemoryPlace();
    await over(place).get('k', () => 'old');
    await settled();
    const { cache, answer } = slow(place, maxEntries);
    const read = cache.get('k', () => 'loaded for nothing');
    await settled();
    return { cache, answer, read };
  };

  it('nothing that it finds late takes the place of what is newer', async () => {
    const { cache, answer, read } = await reading();
    expect(await cache.watch('k', () => 'new').refresh()).toBe('new');
    answer();
    expect(await read).toBe('new');
    await settled();
    expect(cache.peek('k')).toBe('new');
  });

  it('nor is it kept if what is newer was evicted meanwhile', async () => {
    const { cache, answer, read } = await reading(1);
    expect(await cache.watch('k', () => 'new').refresh()).toBe('new');
    await cache.get('another', () => 'takes its place in memory');
    await settled();
    answer();
    expect(await read).toBe('new');
    expect(cache.peek('k')).toBeUndefined();
    expect(await cache.get('k', () => 'loaded for nothing')).toBe('new');
  });

  it('nor does it take the place of what has come with a page meanwhile, and was loaded later', async () => {
    const { cache, answer, read } = await reading();
    await new Promise((resolve) => setTimeout(resolve, 20)); // by another clock than the one that stamps the entries
    const page = createCache({ ttl: '1h' });
    await page.get('k', () => 'of the page');
    cache.hydrate(page.dehydrate());
    answer();
    expect(await read).toBe('old'); // asked before it came
    await settled();
    expect(cache.peek('k')).toBe('of the page');
  });

  it('its readers get what it finds while the refresh loads, and memory the newer answer after that', async () => {
    const { cache, answer, read } = await reading();
    const { answers, loader } = controlled<string>();
    const refreshing = cache.watch('k', loader).refresh();
    await settled();
    answer();
    expect(await read).toBe('old');
    answers[0]?.resolve('new');
    expect(await refreshing).toBe('new');
    expect(cache.peek('k')).toBe('new');
  });

  it('its readers get what the store has, if the refresh fails', async () => {
    const { cache, answer, read } = await reading();
    await expect(cache.watch('k', () => Promise.reject(new Error('down'))).refresh()).rejects.toThrow('down');
    answer();
    expect(await read).toBe('old');
  });

  it('its readers get the newer answer, though the store tells of a load that has failed a moment ago', async () => {
    const place = sharedMemoryPlace();
    await expect(over(place).get('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await settled();
    const cache = over(place);
    const reading = cache.get('k', () => 'loaded for nothing');
    expect(await cache.watch('k', () => 'new').refresh()).toBe('new');
    expect(await reading).toBe('new');
  });

  it('loads once, and gives back the right to load that came too late', async () => {
    const place = sharedMemoryPlace();
    const { cache, answer } = slow(place);
    let loads = 0;
    const load = async () => ++loads;
    const reading = cache.get('k', load);
    await settled();
    const refreshing = cache.watch('k', load).refresh();
    answer();
    expect(await Promise.all([reading, refreshing])).toEqual([1, 1]);
  });
});

describe('while what came with a page is taken to the store', () => {
  it.each([
    ['is there', 100],
    ['was evicted', 1],
  ])('what the store has does not take the place of what is newer and %s', async (_, maxEntries) => {
    const page = createCache({ ttl: '1h' });
    await page.get('k', () => 'of the page');
    const state = page.dehydrate().map((entry) => ({ ...entry, age: 10_000 }));
    const place = sharedMemoryPlace();
    await over(place).get('k', () => 'of the store');
    await settled();
    const store = place.store();
    const { answers, loader } = controlled<void>();
    const adopt: typeof store.adopt = async (...asked) => {
      const answer = await store.adopt(...asked);
      await loader();
      return answer;
    };
    const tier = tierOf(Object.assign(Object.create(store), { adopt }));
    const cache = createCache({ ttl: '1h', maxEntries, tier });
    cache.hydrate(state);
    await settled();
    expect(await cache.watch('k', () => 'new').refresh()).toBe('new');
    await cache.get('another', () => 'takes its place in memory, if there is room for one');
    await settled();
    answers[0]?.resolve();
    await settled();
    expect(cache.peek('k')).toBe(maxEntries === 1 ? undefined : 'new');
    expect(await cache.get('k', () => 'loaded for nothing')).toBe('new');
  });
});

describe('beside the load of another cache', () => {
  it('a refresh loads itself', async () => {
    const place = sharedMemoryPlace();
    const [mine, others] = [over(place), over(place)];
    const { answers, loader } = controlled<string>();
    const theirs = others.get('k', loader);
    await settled();
    const refreshing = mine.watch('k', loader).refresh();
    await settled();
    answers[0]?.resolve('old');
    expect(await theirs).toBe('old');
    await settled();
    answers[1]?.resolve('new');
    expect(await refreshing).toBe('new');
    await settled();
    const later = over(place);
    expect(await later.get('k', () => 'loaded for nothing')).toBe('new');
  });

  it('the older load of the same cache does not keep the store', async () => {
    const place = sharedMemoryPlace();
    const cache = over(place);
    const never = () => new Promise<string>(() => {});
    void cache.get('k', never);
    await settled();
    expect(await cache.watch('k', () => 'new').refresh()).toBe('new');
    await settled();
    expect(await over(place).get('k', () => 'loaded for nothing')).toBe('new');
  });
});
