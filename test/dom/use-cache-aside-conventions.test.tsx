import { act, render, renderHook, screen } from '@testing-library/react';
import { Component, type ReactNode, useEffect, useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { type CacheAsideOptions, CacheProvider, useCacheAside, useSuspenseCacheAside } from '../../src/react/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';

/** What users of other libraries rely on without being told. */

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));
const inside = (cache: Cache, children: ReactNode) => (
  <CacheProvider cache={cache} options={{ retry: false }}>
    {children}
  </CacheProvider>
);
const caches = new WeakMap<object, Cache>();
/** The same for all renders of a test. */
function createCacheOnce(test: object): Cache {
  const cache = caches.get(test) ?? createCache();
  caches.set(test, cache);
  return cache;
}
const happens = (type: string) => act(async () => void window.dispatchEvent(new Event(type)));

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override render() {
    const { error } = this.state;
    const reset = () => this.setState({ error: undefined });
    if (error === undefined) return this.props.children;
    return <button type="button" onClick={reset}>{`caught ${error}`}</button>;
  }
}

/** A component that reads one key, with options that change; its loader fails while `fails`. */
function reading(first: CacheAsideOptions<string>) {
  const clock = fakeClock();
  const cache = createCache({ clock, jitter: 0, ttl: '1h' });
  const source = { loads: 0, fails: false };
  const load = async () => {
    source.loads++;
    if (source.fails) throw new Error('down');
    return `v${source.loads}`;
  };
  const { result, rerender } = renderHook((options: CacheAsideOptions<string>) => useCacheAside('k', load, options), {
    wrapper: ({ children }) => inside(cache, children),
    initialProps: first,
  });
  const pass = async (ms: number) => {
    await settle();
    clock.advance(ms);
    await settle();
  };
  return { cache, source, result, rerender, pass };
}

afterEach(() => void vi.restoreAllMocks());

describe('an option that changes', () => {
  it.each<[string, CacheAsideOptions<string>]>([
    ['refreshInterval', { refreshInterval: '2m' }],
    ['revalidateOnFocus', { revalidateOnFocus: 'always' }],
    ['revalidateOnReconnect', { revalidateOnReconnect: false }],
    ['enabled', { enabled: false }],
  ])('neither loses an error nor loads: %s', async (_, options) => {
    const { source, result, rerender } = reading({ refreshInterval: '1m' });
    await settle();
    source.fails = true;
    await act(() => result.current.refresh().catch(() => {}));
    expect(result.current).toMatchObject({ data: 'v1', status: 'error' });
    rerender(options);
    expect(result.current).toMatchObject({ data: 'v1', status: 'error' });
    await settle();
    expect([source.loads, result.current.status]).toEqual([2, 'error']);
  });

  it('by the very error that it would lose, does not load in a loop', async () => {
    let loads = 0;
    const fail = async () => {
      loads++;
      throw new Error('down');
    };
    function Reader() {
      const [refreshInterval, change] = useState(60_000);
      const { error } = useCacheAside('k', fail, { refreshInterval });
      useEffect(() => change(error ? 120_000 : 60_000), [error]);
      return <p>{String(error)}</p>;
    }
    render(inside(createCache(), <Reader />));
    for (let n = 0; n < 5; n++) await settle();
    expect(loads).toBe(1);
    expect(screen.getByText('Error: down')).toBeTruthy();
  });

  it('is heeded though it is a function that answers something else now', async () => {
    const { source, rerender, pass } = reading({ refreshInterval: () => false });
    await pass(1000);
    expect(source.loads).toBe(1);
    rerender({ refreshInterval: () => 100 });
    await pass(100);
    expect(source.loads).toBe(2);
    rerender({ refreshInterval: () => false });
    await pass(1000);
    expect(source.loads).toBe(2);
  });

  it('turns focus on and off', async () => {
    const { source, rerender } = reading({ revalidateOnFocus: false });
    await settle();
    await happens('focus');
    rerender({ revalidateOnFocus: 'always' });
    await settle();
    expect(source.loads).toBe(1);
    await happens('focus');
    await settle();
    expect(source.loads).toBe(2);
    rerender({ revalidateOnFocus: false });
    await happens('focus');
    await settle();
    expect(source.loads).toBe(2);
  });

  it('`enabled` keeps what only the screen still has until its successor is there', async () => {
    const { cache, result, rerender } = reading({});
    await settle();
    rerender({ enabled: false });
    await act(() => cache.invalidate({ key: 'k' }));
    rerender({ enabled: true });
    expect(result.current).toMatchObject({ data: 'v1', isStale: true, isFetching: true });
    await settle();
    expect(result.current).toMatchObject({ data: 'v2', isStale: false });
  });

  it('`enabled` tries again what has failed', async () => {
    const { source, result, rerender } = reading({});
    await settle();
    source.fails = true;
    await act(() => result.current.refresh().catch(() => {}));
    rerender({ enabled: false });
    source.fails = false;
    rerender({ enabled: true });
    await settle();
    expect(result.current).toMatchObject({ data: 'v3', error: undefined, status: 'success' });
  });
});

it('is loading while there is nothing to show, and fetching whenever a load is under way', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<string>();
  const { result, rerender } = renderHook(({ k }) => useCacheAside(k, loader), {
    wrapper: ({ children }) => inside(cache, children),
    initialProps: { k: 'a' },
  });
  const seen = () => {
    const { status, data, error, isLoading, isFetching } = result.current;
    return [status, data, error, isLoading ? 'loading' : '', isFetching ? 'fetching' : ''].map(
      (part) => `${part ?? '–'}`,
    );
  };
  const told = [seen()];
  for (const end of [0, 1, 2, 3]) {
    await act(async () => (end % 2 ? answers[end]?.resolve(`v${end}`) : answers[end]?.reject('down')));
    told.push(seen());
    if (end < 3) act(() => void result.current.refresh());
    else rerender({ k: 'b' });
    told.push(seen());
  }
  expect(told).toEqual([
    ['loading', '–', '–', 'loading', 'fetching'],
    ['error', '–', 'down', '', ''],
    ['error', '–', 'down', 'loading', 'fetching'],
    ['success', 'v1', '–', '', ''],
    ['success', 'v1', '–', '', 'fetching'],
    ['error', 'v1', 'down', '', ''],
    ['error', 'v1', 'down', '', 'fetching'],
    ['success', 'v3', '–', '', ''],
    ['loading', '–', '–', 'loading', 'fetching'],
  ]);
});

it('tries go on while the page is hidden and the network is gone, and end with the key', async () => {
  const clock = fakeClock();
  const cache = createCache({ clock });
  const asked: string[] = [];
  const { rerender } = renderHook(
    ({ k }) =>
      useCacheAside(
        k,
        async () => {
          asked.push(k);
          throw new Error('down');
        },
        { retry: 5, retryDelay: 10 },
      ),
    { wrapper: ({ children }) => inside(cache, children), initialProps: { k: 'a' } },
  );
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  await happens('offline');
  const pass = async () => {
    await settle();
    clock.advance(10);
    await settle();
  };
  await pass();
  expect(asked).toEqual(['a', 'a']);
  rerender({ k: 'b' });
  await pass();
  expect(asked).toEqual(['a', 'a', 'b', 'b']);
  await happens('online');
});

describe('while the network is gone', () => {
  it('polling pauses, focus loads nothing, and all goes on when it is back', async () => {
    const { source, cache, pass } = reading({ refreshInterval: 1000 });
    await settle();
    await happens('offline');
    await act(() => cache.expire({ all: true }));
    const { loads } = source;
    await happens('focus');
    await pass(5000);
    expect(source.loads).toBe(loads);
    await happens('online');
    await pass(1000);
    expect(source.loads).toBeGreaterThan(loads);
  });
});

describe('data that could not be loaded again, however fresh it is,', () => {
  const failed = async () => {
    const all = reading({});
    await settle();
    all.source.fails = true;
    await act(() => all.result.current.refresh().catch(() => {}));
    all.source.fails = false;
    return all;
  };

  it('is loaded when the page is looked at', async () => {
    const { result, source } = await failed();
    await happens('focus');
    await settle();
    expect(result.current).toMatchObject({ data: 'v3', error: undefined });
    await happens('focus');
    await settle();
    expect(source.loads).toBe(3);
  });

  it('is loaded by the next component', async () => {
    const { cache, source } = await failed();
    renderHook(() => useCacheAside('k', () => `v${++source.loads}`), {
      wrapper: ({ children }) => inside(cache, children),
    });
    await settle();
    expect(cache.peek('k')).toBe('v3');
  });

  it('is loaded after its error boundary was reset', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    let loads = 0;
    let refresh = () => Promise.resolve('');
    function Reader() {
      const load = async () => {
        if (++loads === 2) throw new Error('down');
        return `v${loads}`;
      };
      const result = useCacheAside('k', load, { throwOnError: true });
      refresh = result.refresh;
      return <p>{result.data}</p>;
    }
    render(
      inside(
        createCache({ ttl: Number.POSITIVE_INFINITY }),
        <Boundary>
          <Reader />
        </Boundary>,
      ),
    );
    await screen.findByText('v1');
    await act(() => refresh().catch(() => ''));
    await act(async () => screen.getByRole('button').click());
    expect(await screen.findByText('v3')).toBeTruthy();
  });
});

describe('a `select` that throws', () => {
  const odd = new Error('odd');
  const even = ({ n }: { n: number }) => {
    if (n % 2 === 1) throw odd;
    return n;
  };

  it('is an error of the result; what was picked before stays until it picks again', async () => {
    const cache = createCache();
    const { result } = renderHook(() => useCacheAside('k', () => ({ n: 2 }), { select: even }), {
      wrapper: ({ children }) => inside(cache, children),
    });
    await settle();
    const numbers = [];
    for (const n of [3, 4]) {
      await act(() => cache.set('k', { n }));
      numbers.push([result.current.data, result.current.status, result.current.error]);
    }
    expect(numbers).toEqual([
      [2, 'error', odd],
      [4, 'success', undefined],
    ]);
  });

  it('does not run again for the same data, and shows nothing of another key', async () => {
    const cache = createCache();
    await cache.set(['k', 2], { n: 2 });
    await cache.set(['k', 3], { n: 3 });
    const select = vi.fn(even);
    const { result, rerender } = renderHook(({ n }) => useCacheAside(['k', n], () => ({ n }), { select }), {
      wrapper: ({ children }) => inside(cache, children),
      initialProps: { n: 2 },
    });
    expect(result.current.data).toBe(2);
    rerender({ n: 3 });
    expect(result.current).toMatchObject({ data: undefined, status: 'error', error: odd });
    const { length } = select.mock.calls;
    rerender({ n: 3 });
    expect(select).toHaveBeenCalledTimes(length);
    rerender({ n: 4 });
    expect(result.current).toMatchObject({ data: undefined, status: 'loading', error: undefined });
    await settle();
    expect(result.current).toMatchObject({ data: 4, status: 'success' });
  });

  it('on a placeholder leaves it out', async () => {
    const { result } = renderHook(
      () => useCacheAside('k', () => ({ n: 2 }), { select: even, placeholderData: { n: 1 } }),
      { wrapper: ({ children }) => inside(createCacheOnce(even), children) },
    );
    expect(result.current).toMatchObject({ data: undefined, status: 'error', isPlaceholderData: false });
    await settle();
    expect(result.current).toMatchObject({ data: 2, status: 'success' });
  });

  it('throws to the error boundary where there must be data', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const cache = createCache();
    await cache.set('k', { n: 3 });
    const Reader = () => <p>{useSuspenseCacheAside('k', () => ({ n: 3 }), { select: even }).data}</p>;
    render(
      inside(
        cache,
        <Boundary>
          <Reader />
        </Boundary>,
      ),
    );
    const button = await screen.findByText('caught Error: odd');
    await act(() => cache.set('k', { n: 4 }));
    await act(async () => button.click());
    expect(screen.getByText('4')).toBeTruthy();
  });

  it('throws to the error boundary where `throwOnError` says so: to load again would be of no use', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const cache = createCache();
    await cache.set('k', { n: 3 });
    let loads = 0;
    const load = () => ({ n: ++loads });
    const Reader = () => <p>{useCacheAside('k', load, { select: even, throwOnError: true }).data}</p>;
    render(
      inside(
        cache,
        <Boundary>
          <Reader />
        </Boundary>,
      ),
    );
    await settle();
    const button = screen.getByText('caught Error: odd');
    await act(async () => button.click());
    expect(screen.getByText('caught Error: odd')).toBeTruthy();
    await act(() => cache.set('k', { n: 4 }));
    await act(async () => screen.getByRole('button').click());
    expect(screen.getByText('4')).toBeTruthy();
    expect(loads).toBe(0);
  });
});

describe('what is picked', () => {
  it.each([true, false])(
    'keeps its parts if they are equal, unless it is told not to: %j',
    async (structuralSharing) => {
      const cache = createCache();
      await cache.set('k', { n: 1, rest: 1 });
      const options = { structuralSharing, select: ({ n }: { n: number }) => ({ n }) };
      const { result } = renderHook(() => useCacheAside('k', () => ({ n: 1, rest: 1 }), options), {
        wrapper: ({ children }) => inside(cache, children),
      });
      const before = result.current.data;
      await act(() => cache.set('k', { n: 1, rest: 2 }));
      expect(result.current.data).toEqual({ n: 1 });
      expect(result.current.data === before).toBe(structuralSharing);
    },
  );

  it('is no error because it is nested too deeply to compare', async () => {
    const complaints = vi.spyOn(console, 'error').mockReturnValue();
    const deep = () => {
      let list: { next: unknown } | null = null;
      for (let n = 0; n < 50_000; n++) list = { next: list };
      return { list };
    };
    const cache = createCache();
    await cache.set('k', deep());
    const { result } = renderHook(() => useCacheAside('k', deep, { select: ({ list }) => list }), {
      wrapper: ({ children }) => inside(cache, children),
    });
    const next = deep();
    await act(() => cache.set('k', next));
    expect(result.current.status).toBe('success');
    expect(result.current.data === next.list).toBe(true);
    expect(complaints).not.toHaveBeenCalled();
  });
});

describe('`initialData` that answers `undefined`', () => {
  it('is none', async () => {
    const known = [{ id: 1, name: 'Ada' }];
    const load = async (id: number) => ({ id, name: 'loaded' });
    const { result, rerender } = renderHook(
      ({ id }) =>
        useCacheAside(['user', id], () => load(id), { initialData: () => known.find((one) => one.id === id) }),
      { wrapper: ({ children }) => inside(createCacheOnce(known), children), initialProps: { id: 1 } },
    );
    expect(result.current).toMatchObject({ status: 'success', data: { name: 'Ada' } });
    rerender({ id: 2 });
    expect(result.current).toMatchObject({ status: 'loading', data: undefined });
    await settle();
    expect(result.current.data).toEqual({ id: 2, name: 'loaded' });
  });
});

describe('what is stale when a component is mounted', () => {
  it.each<[string, CacheAsideOptions<string>, boolean]>([
    ['is told to be loading', {}, true],
    ['is not, if it is not loaded', { revalidateOnMount: false }, false],
    ['is not, if nothing may be loaded', { enabled: false }, false],
  ])('%s, from the first render on, and each change is one render', async (_, options, isLoaded) => {
    const cache = createCache({ ttl: 0, staleWhileRevalidate: '1h' });
    await cache.set('k', 'old');
    const renders: string[] = [];
    function Reader() {
      const { data, isFetching } = useCacheAside('k', async () => 'new', options);
      renders.push(`${data} ${isFetching}`);
      return null;
    }
    render(inside(cache, <Reader />));
    await settle();
    expect(renders).toEqual(isLoaded ? ['old true', 'new false'] : ['old false']);
  });
});
