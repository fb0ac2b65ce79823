import { describe, expect, it } from 'vitest';
import { share } from '../../src/cache/watching/share.js';
import { createCache, type View, type Watch, type WatchOptions } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

function followed<V>(watch: Watch<V>) {
  const views: View<V>[] = [];
  const end = watch.subscribe(() => void views.push(watch.read()));
  return { views, end };
}

/** A cache whose clock stands still and whose jitter is none. */
function still() {
  const clock = fakeClock();
  return { clock, cache: createCache({ clock, jitter: 0, random: () => 1, ttl: 1000 }) };
}

describe('enabled: false', () => {
  it('follows what others load, and loads nothing itself', async () => {
    const { cache } = still();
    let loads = 0;
    const watch = cache.watch<string>('k', () => `own ${++loads}`, { enabled: false });
    followed(watch);
    expect(watch.read()).toMatchObject({ status: 'idle', isLoading: false, isFetching: false });
    await cache.get('k', () => 'other');
    await settled();
    expect(watch.read()).toMatchObject({ status: 'success', data: 'other' });
    await cache.invalidate({ key: 'k' });
    await settled();
    expect(watch.read()).toMatchObject({ status: 'success', data: 'other', isStale: true, isFetching: false });
    expect(loads).toBe(0);
    await watch.refresh();
    expect(watch.read()).toMatchObject({ data: 'own 1', isStale: false });
  });

  it('beside one that is enabled, follows that', async () => {
    const { cache } = still();
    const { answers, loader } = controlled<string>();
    const [off, on] = [cache.watch('k', loader, { enabled: false }), cache.watch('k', loader)];
    followed(off);
    followed(on);
    expect([off.read().status, on.read().status]).toEqual(['loading', 'loading']);
    answers[0]?.resolve('v');
    await settled();
    expect(off.read()).toBe(on.read());
    expect(answers).toHaveLength(1);
  });
});

describe('retry', () => {
  const failing = (times: number) => {
    const tries: number[] = [];
    return {
      tries,
      loader: () => {
        tries.push(tries.length + 1);
        if (tries.length <= times) throw new Error(`try ${tries.length}`);
        return 'v';
      },
    };
  };

  it('waits 1 s, 2 s, 4 s … for all readers of one load, and shows the error of the last try only', async () => {
    const { cache, clock } = still();
    const { tries, loader } = failing(9);
    const watch = cache.watch('k', loader, { retry: 3 });
    const { views } = followed(watch);
    const other = cache.get('k', () => 'joins').catch(String);
    const counts = [];
    for (const ms of [0, 999, 1, 1999, 1, 3999, 1]) {
      clock.advance(ms);
      await settled();
      counts.push(tries.length);
      expect(watch.read().status).toBe(counts.length < 7 ? 'loading' : 'error');
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4]);
    expect(views.map(({ error }) => error)).toEqual([new Error('try 4')]);
    expect(await other).toBe('Error: try 4');
  });

  it('takes a function for how often and for how long', async () => {
    const { cache, clock } = still();
    const { tries, loader } = failing(2);
    const asked: [number, string][] = [];
    const watch = cache.watch('k', loader, {
      retry: (failures, error) => asked.push([failures, String(error)]) < 3,
      retryDelay: (failures) => failures * 10,
    });
    followed(watch);
    for (const ms of [0, 10, 19, 1]) {
      clock.advance(ms);
      await settled();
    }
    expect(watch.read().data).toBe('v');
    expect(tries).toHaveLength(3);
    expect(asked).toEqual([
      [1, 'Error: try 1'],
      [2, 'Error: try 2'],
    ]);
  });

  it.each([undefined, false, 0] as const)('%j tries once', async (retry) => {
    const { cache } = still();
    const { tries, loader } = failing(1);
    const watch = cache.watch('k', loader, retry === undefined ? {} : { retry });
    followed(watch);
    await settled();
    expect([watch.read().status, tries.length]).toEqual(['error', 1]);
  });

  it('true tries for ever, never waiting longer than 30 s, until nobody follows it', async () => {
    const { cache, clock } = still();
    const { tries, loader } = failing(Number.POSITIVE_INFINITY);
    const { end } = followed(cache.watch('k', loader, { retry: true }));
    for (let n = 0; n < 12; n++) {
      await settled();
      clock.advance(30_000);
    }
    await settled();
    expect(tries).toHaveLength(13);
    end();
    await settled();
    clock.advance(60_000);
    await settled();
    expect(tries).toHaveLength(13);
  });

  it('is jittered between half of the delay and all of it', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, random: () => 0 });
    const { tries, loader } = failing(1);
    followed(cache.watch('k', loader, { retry: 1 }));
    await settled();
    clock.advance(499);
    await settled();
    expect(tries).toHaveLength(1);
    clock.advance(1);
    await settled();
    expect(tries).toHaveLength(2);
  });
});

describe('refreshInterval', () => {
  it('polls, counted from the last load of whoever, and ends with the subscription', async () => {
    const { cache, clock } = still();
    let n = 0;
    const watch = cache.watch('k', () => ++n, { refreshInterval: 100 });
    const { end } = followed(watch);
    followed(cache.watch('k', () => ++n, { refreshInterval: 100 }));
    await settled();
    for (let tick = 0; tick < 3; tick++) {
      clock.advance(100);
      await settled();
    }
    expect(n).toBe(4);
    clock.advance(60);
    await watch.refresh();
    clock.advance(60);
    await settled();
    expect(n).toBe(5);
    clock.advance(40);
    await settled();
    expect(n).toBe(6);
    end();
  });

  it('does not pile up loads that take longer than the interval', async () => {
    const { cache, clock } = still();
    const { answers, loader } = controlled<number>();
    followed(cache.watch('k', loader, { refreshInterval: 100 }));
    for (let tick = 0; tick < 5; tick++) {
      clock.advance(100);
      await settled();
    }
    expect(answers).toHaveLength(1);
  });

  it('can depend on the data, and be off', async () => {
    const { cache, clock } = still();
    let n = 0;
    const options: WatchOptions<number> = { refreshInterval: (data) => (data === 2 ? false : 50) };
    const { end } = followed(cache.watch('k', () => ++n, options));
    for (let tick = 0; tick < 5; tick++) {
      await settled();
      clock.advance(50);
    }
    await settled();
    expect(n).toBe(2);
    end();
    clock.advance(1000);
    await settled();
    expect(n).toBe(2);
  });

  it('goes on after a load that failed', async () => {
    const { cache, clock } = still();
    let n = 0;
    const loader = () => (++n === 1 ? Promise.reject(new Error('down')) : n);
    const watch = cache.watch('k', loader, { refreshInterval: 50 });
    followed(watch);
    await settled();
    expect(watch.read().status).toBe('error');
    clock.advance(50);
    await settled();
    expect(watch.read()).toMatchObject({ status: 'success', data: 2 });
  });
});

describe('revalidateOnMount', () => {
  it.each([
    [true, 100, 0],
    [true, 1500, 1],
    [false, 1500, 0],
    ['always', 100, 1],
  ] as const)('%j loads at an age of %d ms %d times', async (revalidateOnMount, age, loads) => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000, staleWhileRevalidate: 1000 });
    let n = 0;
    await cache.get('k', () => 'old');
    clock.advance(age);
    followed(cache.watch('k', () => `new ${++n}`, { revalidateOnMount }));
    await settled();
    expect(n).toBe(loads);
  });

  it('false loads what is not there', async () => {
    const watch = createCache().watch('k', () => 'v', { revalidateOnMount: false });
    followed(watch);
    await settled();
    expect(watch.read().data).toBe('v');
  });
});

describe('structural sharing', () => {
  const load = (n: number) => ({ list: [{ id: 1, at: new Date(0) }, { id: 2 }], n });

  it('keeps what did not change the same object, and all of it if nothing did', async () => {
    const { cache } = still();
    let n = 1;
    const watch = cache.watch('k', () => load(n));
    followed(watch);
    await settled();
    const first = watch.read().data;
    await watch.refresh();
    expect(watch.read().data).toBe(first);
    n = 2;
    await watch.refresh();
    const second = watch.read().data;
    expect(second).toEqual(load(2));
    expect(second?.list).toBe(first?.list);
  });

  it.each([
    ['off', false, false],
    ['a function', (before: unknown, after: unknown) => before ?? after, true],
  ])('can be %s', async (_, structuralSharing, isSame) => {
    const { cache } = still();
    let n = 0;
    const watch = cache.watch<object>('k', () => load(++n), { structuralSharing } as WatchOptions<object>);
    followed(watch);
    await settled();
    const first = watch.read().data;
    await watch.refresh();
    expect(watch.read().data === first).toBe(isSame);
  });

  it('leaves alone what it does not know', () => {
    class Point {
      x = 1;
    }
    const after = [
      new Map([[1, 2]]),
      new Point(),
      Object.assign([1], { 2: 3 }),
      { a: undefined },
      [1, 2, 3],
      JSON.parse('{"__proto__":1}'),
    ];
    const before = [new Map([[1, 2]]), new Point(), [1, undefined, 3], {}, [1, 2], JSON.parse('{"__proto__":1}')];
    const shared = share(before, after) as unknown[];
    expect(shared).toEqual(after);
    shared.forEach((part, n) => void expect(part).not.toBe(before[n]));
    expect(Object.keys(shared[2] as object)).toEqual(['0', '2']);
    expect(Object.hasOwn(shared[5] as object, '__proto__')).toBe(true);
  });

  it('leaves as it is what is nested too deeply to compare', () => {
    const deep = () => {
      let node: unknown;
      for (let depth = 0; depth < 50_000; depth++) node = [node];
      return node;
    };
    const after = deep();
    expect(share(deep(), after) === after).toBe(true);
  });

  it('ends with cycles, and with an object that is there many times', () => {
    const cycle = () => {
      const node: { self?: unknown; n: number } = { n: 1 };
      node.self = node;
      return node;
    };
    const after = cycle();
    expect(share(cycle(), after)).toBe(after);
    const doubled = () => {
      let node: unknown = { n: 1 };
      for (let depth = 0; depth < 60; depth++) node = [node, node];
      return node;
    };
    const many = doubled();
    expect(share(doubled(), many)).toBe(many);
  });
});

describe('initialData', () => {
  it('is shown at once as fresh as it is, and read by others', async () => {
    const { cache, clock } = still();
    let n = 0;
    const watch = cache.watch('k', () => `loaded ${++n}`, { initialData: () => 'initial' });
    expect(watch.read()).toMatchObject({ data: 'initial', status: 'success', phase: 'fresh', source: 'initial' });
    followed(watch);
    await settled();
    expect([n, await cache.get('k', () => 'x')]).toEqual([0, 'initial']);
    clock.advance(1500);
    followed(cache.watch('k', () => `loaded ${++n}`));
    await settled();
    expect(watch.read().data).toBe('loaded 1');
  });

  it('that is old is shown while its successor is loaded', async () => {
    const { cache, clock } = still();
    const { answers, loader } = controlled<string>();
    const watch = cache.watch('k', loader, { initialData: 'old', initialDataUpdatedAt: clock.now() - 5000 });
    followed(watch);
    expect(watch.read()).toMatchObject({ data: 'old', isStale: true, isFetching: true });
    expect(cache.peek('k')).toBeUndefined();
    answers[0]?.resolve('new');
    await settled();
    expect(watch.read()).toMatchObject({ data: 'new', isStale: false });
  });

  it('does not replace what is there', async () => {
    const { cache } = still();
    await cache.set('k', 'there');
    const watch = cache.watch('k', () => 'x', { initialData: 'initial' });
    followed(watch);
    expect(watch.read().data).toBe('there');
  });

  it.each([{ key: 'k' }, { tags: ['t'] }, { all: true }] as const)('is untrue after %j', async (target) => {
    const { cache } = still();
    const options = { initialData: 'initial', tags: ['t'] };
    const before = cache.watch('k', () => 'v', options);
    expect(before.read().data).toBe('initial');
    await cache.invalidate(target as { key: string });
    for (const watch of [before, cache.watch('k', () => 'v', options)]) {
      expect(watch.read()).toMatchObject({ data: undefined, status: 'loading' });
    }
    followed(before);
    expect(cache.peek('k')).toBeUndefined();
    await settled();
    expect(before.read().data).toBe('v');
  });
});

describe('when the last one leaves', () => {
  const load = () => {
    const signals: AbortSignal[] = [];
    const loader = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal);
      return new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    return { signals, loader };
  };

  it('the load is aborted, and not before', async () => {
    const cache = createCache();
    const { signals, loader } = load();
    const ends = [1, 2].map(() => followed(cache.watch('k', loader)).end);
    ends[0]?.();
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    ends[1]?.();
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const again = cache.watch('k', () => 'v');
    followed(again);
    await settled();
    expect(again.read()).toMatchObject({ data: 'v', error: undefined });
  });

  it.each([
    ['by an interval', { refreshInterval: 100 }],
    ['on mount', { revalidateOnMount: 'always' as const }],
  ])('the load that was begun %s is aborted too', async (_, options) => {
    const { cache, clock } = still();
    await cache.set('k', 'v');
    const { signals, loader } = load();
    const { end } = followed(cache.watch('k', loader, options));
    clock.advance(100);
    await settled();
    expect(signals).toHaveLength(1);
    end();
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('and another comes at once, as under StrictMode, it goes on', async () => {
    const cache = createCache();
    const { signals, loader } = load();
    const watch = cache.watch('k', loader);
    followed(watch).end();
    followed(watch);
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it('but a `get` still waits, it goes on', async () => {
    const cache = createCache();
    const { signals, loader } = load();
    const { end } = followed(cache.watch('k', loader));
    cache.get('k', loader).catch(() => {});
    end();
    await settled();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it('what a loader brings that cannot be stopped is kept', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    followed(cache.watch('k', loader)).end();
    await settled();
    answers[0]?.resolve('v');
    await settled();
    expect(cache.peek('k')).toBe('v');
  });
});

describe('preload', () => {
  it('is held for who subscribes soon: also what is stale at once', async () => {
    const { cache, clock } = still();
    let n = 0;
    const loader = () => ++n;
    await cache.preload('k', loader, { ttl: 0 });
    const watch = cache.watch('k', loader, { ttl: 0 });
    expect(watch.read().data).toBe(1);
    const { end } = followed(watch);
    await settled();
    expect(n).toBe(1);
    end();
    clock.advance(3000);
    await settled();
    expect(watch.read().data).toBeUndefined();
    followed(watch);
    await settled();
    expect(n).toBe(2);
  });

  it('answers the same promise while it is under way, and never rejects', async () => {
    const { cache } = still();
    let n = 0;
    const watch = cache.watch('k', () => Promise.reject(new Error(`${++n}`)));
    expect(watch.preload()).toBe(cache.watch('k', () => 1).preload());
    await watch.preload();
    expect([watch.read().status, n]).toEqual(['error', 1]);
  });

  it('loads again after an invalidation while it is held', async () => {
    const { cache } = still();
    let n = 0;
    const loader = () => ++n;
    await cache.preload('k', loader);
    await cache.invalidate({ key: 'k' });
    const watch = cache.watch('k', loader);
    followed(watch);
    await settled();
    expect(watch.read()).toMatchObject({ data: 2, isStale: false });
  });
});

it('counts what is being loaded', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<number>();
  void Promise.all([cache.get(['a', 1], loader), cache.get(['a', 12], loader), cache.get('b', loader)]);
  expect([cache.fetching(), cache.fetching(['a']), cache.fetching(['a', 1]), cache.fetching(['c'])]).toEqual([
    3, 2, 1, 0,
  ]);
  for (const { resolve } of answers) resolve(1);
  await settled();
  expect(cache.fetching()).toBe(0);
});
