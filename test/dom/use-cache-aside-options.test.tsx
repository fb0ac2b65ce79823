import { act, render, renderHook, screen } from '@testing-library/react';
import { Component, type ReactNode, StrictMode, useState } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { type CacheAsideOptions, CacheProvider, useCacheAside } from '../../src/react/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

const inside = (cache: Cache, children: ReactNode, strict = true) => {
  const tree = (
    <CacheProvider cache={cache} options={{ retry: false }}>
      {children}
    </CacheProvider>
  );
  return strict ? <StrictMode>{tree}</StrictMode> : tree;
};

/** Renders a component that reads some of a result, counting its renders. */
function counted<S>(
  cache: Cache,
  loader: () => unknown,
  options: CacheAsideOptions<never, S>,
  read: (result: Record<string, unknown>) => unknown,
) {
  let renders = 0;
  function Reader() {
    const result = useCacheAside('k', loader as () => never, options as CacheAsideOptions<never>);
    renders++;
    return <p>{JSON.stringify(read(result as unknown as Record<string, unknown>)) ?? '–'}</p>;
  }
  render(inside(cache, <Reader />, false));
  return {
    since: () => {
      const count = renders;
      renders = 0;
      return count;
    },
    text: () => screen.getByRole('paragraph').textContent,
  };
}

function visibility(state: 'visible' | 'hidden') {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
  document.dispatchEvent(new Event('visibilitychange'));
}
afterEach(() => void vi.restoreAllMocks());

describe('a component renders again', () => {
  it('only for what it has read', async () => {
    const cache = createCache();
    let n = 0;
    const { since, text } = counted(
      cache,
      () => ({ n: n > 1 ? 2 : ++n }),
      {},
      ({ data }) => data,
    );
    await settle();
    expect([text(), since()]).toEqual(['{"n":1}', 2]);
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect([text(), since()]).toEqual(['{"n":2}', 1]); // not for isFetching, isStale, updatedAt
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect([text(), since()]).toEqual(['{"n":2}', 0]); // equal data
  });

  it('for everything if it passes the result on', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<number>();
    const { since } = counted(cache, loader, {}, (result) => ({ ...result, updatedAt: 0 }));
    answers[0]?.resolve(1);
    await settle();
    expect(since()).toBe(2);
    await act(() => cache.invalidate({ key: 'k' }));
    answers[1]?.resolve(1);
    await settle();
    expect(since()).toBe(2); // fetching, and not
  });

  it('for everything if it reads nothing while rendering, as in renderHook', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<number>();
    const { result } = renderHook(() => useCacheAside('k', loader), {
      wrapper: ({ children }) => inside(cache, children),
    });
    expect(result.current.data).toBeUndefined();
    answers[0]?.resolve(1);
    await settle();
    await act(() => cache.invalidate({ key: 'k' }));
    expect(result.current).toMatchObject({ data: 1, isFetching: true, isStale: true });
    answers[1]?.resolve(1);
    await settle();
    expect(result.current).toMatchObject({ data: 1, isFetching: false, isStale: false });
  });

  it('and sees what it reads for the first time as it is now', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<number>();
    let showMore = () => {};
    function Reader() {
      const [more, setMore] = useState(false);
      showMore = () => setMore(true);
      const result = useCacheAside('k', loader);
      return <p>{more ? `${result.data} ${result.isFetching}` : result.data}</p>;
    }
    render(inside(cache, <Reader />));
    answers[0]?.resolve(1);
    await settle();
    await act(() => cache.invalidate({ key: 'k' }));
    act(showMore);
    expect(screen.getByText('1 true')).toBeTruthy();
    answers[1]?.resolve(1);
    await settle();
    expect(screen.getByText('1 false')).toBeTruthy();
  });

  it('gets an immutable object whose values are those of its render', async () => {
    const cache = createCache();
    const { result } = renderHook(() => useCacheAside('k', () => ({ n: 1 })), {
      wrapper: ({ children }) => inside(cache, children),
    });
    const first = result.current;
    await settle();
    expect(Object.isFrozen(first)).toBe(true);
    expect(Object.getPrototypeOf(result.current)).toBe(Object.prototype);
    expect([first.status, result.current.status]).toEqual(['loading', 'success']);
    expect(Object.keys(result.current).sort()).toEqual(
      [
        ...[
          'data',
          'error',
          'isFetching',
          'isLoading',
          'isPlaceholderData',
          'isRestoring',
          'isStale',
          'mutate',
          'phase',
        ],
        ...['refresh', 'source', 'status', 'updatedAt'],
      ].sort(),
    );
  });
});

describe('select', () => {
  it.each([
    ['stable', (data: { a: number }) => ({ a: data.a }), true],
    ['inline', (data: { a: number }) => ({ a: data.a }), false],
  ])('renders only if the selection changes: %s', async (_, select, isStable) => {
    const cache = createCache();
    let value = { a: 1, b: 1 };
    let renders = 0;
    const selections = new Set<unknown>();
    function Reader() {
      const { data } = useCacheAside('k', () => value, { select: isStable ? select : (all) => select(all) });
      renders++;
      selections.add(data);
      return <p>{JSON.stringify(data) ?? '–'}</p>;
    }
    render(inside(cache, <Reader />, false));
    await settle();
    renders = 0;
    value = { a: 1, b: 2 };
    await act(() => cache.invalidate({ key: 'k' }));
    await act(() => cache.update<typeof value>('k', (all) => ({ ...all, b: 3 })));
    await settle();
    expect(renders).toBe(0);
    value = { a: 2, b: 2 };
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect(renders).toBe(1);
    expect([...selections]).toEqual([undefined, { a: 1 }, { a: 2 }]);
  });

  it('runs once per data while the function stays the same', async () => {
    const cache = createCache();
    const select = vi.fn((n: number) => n + 1);
    const { result, rerender } = renderHook(() => useCacheAside('k', () => 1, { select }), {
      wrapper: ({ children }) => inside(cache, children, false),
    });
    await settle();
    rerender();
    rerender();
    expect(result.current.data).toBe(2);
    expect(select).toHaveBeenCalledTimes(1);
  });
});

describe('what stands in for data', () => {
  it('placeholderData is shown, and never cached', async () => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const { result } = renderHook(
      () => useCacheAside('k', loader, { placeholderData: 'placeholder', select: (data) => data.toUpperCase() }),
      { wrapper: ({ children }) => inside(cache, children) },
    );
    expect(result.current).toMatchObject({
      data: 'PLACEHOLDER',
      status: 'success',
      isPlaceholderData: true,
      isLoading: false,
      isFetching: true,
    });
    expect(cache.peek('k')).toBeUndefined();
    answers[0]?.resolve('loaded');
    await settle();
    expect(result.current).toMatchObject({ data: 'LOADED', isPlaceholderData: false });
  });

  it.each([
    ['keepPreviousData', { keepPreviousData: true }],
    ['a function', { placeholderData: (previous: string | undefined) => previous }],
  ])('the data of the key before, by %s', async (_, options) => {
    const cache = createCache();
    const { answers, loader } = controlled<string>();
    const { result, rerender } = renderHook(({ key }) => useCacheAside(key, loader, options), {
      wrapper: ({ children }) => inside(cache, children),
      initialProps: { key: 'a' },
    });
    expect(result.current).toMatchObject({ data: undefined, isPlaceholderData: false });
    answers[0]?.resolve('of a');
    await settle();
    rerender({ key: 'b' });
    expect(result.current).toMatchObject({ data: 'of a', isPlaceholderData: true, isFetching: true });
    await settle();
    rerender({ key: 'c' });
    expect(result.current).toMatchObject({ data: 'of a', isPlaceholderData: true });
    answers[2]?.resolve('of c');
    await settle();
    expect(result.current).toMatchObject({ data: 'of c', isPlaceholderData: false });
    rerender({ key: 'd' });
    answers.at(-1)?.reject(new Error('down'));
    await settle();
    expect(result.current).toMatchObject({ data: undefined, status: 'error' });
  });
});

describe('focus and reconnect', () => {
  const load = (options: CacheAsideOptions<number>) => {
    const clock = fakeClock();
    const cache = createCache({ clock, jitter: 0, ttl: 1000, staleWhileRevalidate: '1h' });
    let n = 0;
    render(
      inside(
        cache,
        [1, 2].map((key) => {
          function Reader() {
            useCacheAside('k', () => ++n, options);
            return null;
          }
          return <Reader key={key} />;
        }),
      ),
    );
    return { clock, loads: () => n };
  };
  const focus = () => act(async () => void window.dispatchEvent(new Event('focus')));

  it('loads what is stale when the page is looked at again, once in 5 s', async () => {
    const { clock, loads } = load({});
    await settle();
    await focus();
    expect(loads()).toBe(1); // it is fresh
    clock.advance(6000);
    await focus();
    await settle();
    expect(loads()).toBe(2);
    clock.advance(2000);
    await act(async () => visibility('visible'));
    expect(loads()).toBe(2); // throttled
    clock.advance(4000);
    await act(async () => visibility('hidden'));
    expect(loads()).toBe(2);
    await act(async () => visibility('visible'));
    expect(loads()).toBe(3);
  });

  it('always, or never, if told so', async () => {
    const always = load({ revalidateOnFocus: 'always', focusThrottle: 0 });
    const never = load({ revalidateOnFocus: false });
    await settle();
    never.clock.advance(6000);
    await focus();
    await focus();
    expect([always.loads(), never.loads()]).toEqual([3, 1]);
  });

  it('loads what is stale when the network is back', async () => {
    const [told, not] = [load({}), load({ revalidateOnReconnect: false })];
    await settle();
    for (const { clock } of [told, not]) clock.advance(2000);
    await act(async () => void window.dispatchEvent(new Event('online')));
    expect([told.loads(), not.loads()]).toEqual([2, 1]);
  });
});

describe('refreshInterval', () => {
  it.each([
    [false, 1],
    [true, 4],
  ])('while the page is hidden, refreshWhenHidden %j', async (refreshWhenHidden, loads) => {
    const clock = fakeClock();
    let n = 0;
    renderHook(() => useCacheAside('k', () => ++n, { refreshInterval: 100, refreshWhenHidden }), {
      wrapper: ({ children }) => inside(createCacheOnce(clock), children),
    });
    await settle();
    visibility('hidden');
    for (let tick = 0; tick < 3; tick++) {
      clock.advance(100);
      await settle();
    }
    expect(n).toBe(loads);
    await act(async () => visibility('visible'));
    clock.advance(100);
    await settle();
    expect(n).toBe(loads + 1);
  });

  it('can be changed, and ended', async () => {
    const clock = fakeClock();
    let n = 0;
    const { rerender } = renderHook(({ every }) => useCacheAside('k', () => ++n, { refreshInterval: every }), {
      wrapper: ({ children }) => inside(createCacheOnce(clock), children),
      initialProps: { every: 0 },
    });
    const pass = async (ms: number) => {
      await settle();
      clock.advance(ms);
      await settle();
    };
    await pass(500);
    expect(n).toBe(1);
    rerender({ every: 100 });
    await pass(100);
    expect(n).toBe(2);
    rerender({ every: 300 });
    await pass(100);
    expect(n).toBe(2);
    rerender({ every: 0 });
    await pass(1000);
    expect(n).toBe(2);
  });
});

const caches = new WeakMap<object, Cache>();
function createCacheOnce(clock: ReturnType<typeof fakeClock>): Cache {
  const cache = caches.get(clock) ?? createCache({ clock, jitter: 0, ttl: '1h' });
  caches.set(clock, cache);
  return cache;
}

class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <button type="button" onClick={() => this.setState({ error: undefined })}>
        {String(error)}
      </button>
    );
  }
}

describe('throwOnError', () => {
  it('throws to the error boundary, and tries again when that is reset', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const cache = createCache();
    let loads = 0;
    function Reader() {
      const loader = () => (++loads === 1 ? Promise.reject(new Error('down')) : 'v');
      return <p>{useCacheAside<string>('k', loader, { throwOnError: true }).data}</p>;
    }
    render(
      inside(
        cache,
        <Boundary>
          <Reader />
        </Boundary>,
      ),
    );
    const button = await screen.findByText('Error: down');
    await act(async () => button.click());
    expect(await screen.findByText('v')).toBeTruthy();
    expect(loads).toBe(2);
  });

  it('can depend on the error', async () => {
    const cache = createCache();
    const { result } = renderHook(
      () => useCacheAside('k', () => Promise.reject(new Error('mild')), { throwOnError: (error) => error === 'bad' }),
      { wrapper: ({ children }) => inside(cache, children) },
    );
    await settle();
    expect(result.current).toMatchObject({ status: 'error', error: new Error('mild') });
  });
});

describe('retry', () => {
  it('is 3 by default, another by the provider, and another by the hook', async () => {
    const tries: Record<string, number> = {};
    const clock = fakeClock();
    const cache = createCache({ clock });
    function Failing({ name, retry }: { name: string; retry?: number }) {
      const fail = () => {
        tries[name] = (tries[name] ?? 0) + 1;
        return Promise.reject(new Error('down'));
      };
      return <p>{useCacheAside(name, fail, retry === undefined ? {} : { retry }).status}</p>;
    }
    render(
      <CacheProvider cache={cache}>
        <Failing name="default" />
        <CacheProvider cache={cache} options={{ retry: 1 }}>
          <Failing name="provider" />
          <Failing name="hook" retry={2} />
        </CacheProvider>
      </CacheProvider>,
    );
    for (let n = 0; n < 5; n++) {
      await settle();
      clock.advance(30_000);
    }
    await settle();
    expect(tries).toEqual({ default: 4, provider: 2, hook: 3 });
    expect(screen.getAllByText('error')).toHaveLength(3);
  });
});

describe('enabled', () => {
  it('loads once it is true, and keeps following when it is false again', async () => {
    const cache = createCache();
    let n = 0;
    const { result, rerender } = renderHook(({ enabled }) => useCacheAside('k', () => ++n, { enabled }), {
      wrapper: ({ children }) => inside(cache, children),
      initialProps: { enabled: false },
    });
    await settle();
    expect([result.current.status, n]).toEqual(['idle', 0]);
    rerender({ enabled: true });
    await settle();
    expect([result.current.data, n]).toEqual([1, 1]);
    rerender({ enabled: false });
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect(result.current).toMatchObject({ data: 1, isStale: true, isFetching: false });
    await act(() => result.current.refresh());
    expect(result.current.data).toBe(2);
  });
});

describe('mutate', () => {
  it('changes the cached value for everybody, without a load', async () => {
    const cache = createCache();
    let n = 0;
    const { result } = renderHook(
      () => [useCacheAside('k', () => ({ n: ++n })), useCacheAside('k', () => ({ n: ++n }))] as const,
      { wrapper: ({ children }) => inside(cache, children) },
    );
    expect(await result.current[0].mutate({ n: 5 })).toBe(false); // there is nothing yet
    await settle();
    await act(async () => expect(await result.current[0].mutate(({ n: old }) => ({ n: old + 10 }))).toBe(true));
    expect(result.current.map(({ data }) => data)).toEqual([{ n: 11 }, { n: 11 }]);
    expect([n, cache.peek('k')]).toEqual([1, { n: 11 }]);
    await act(async () => expect(await result.current[1].mutate({ n: 7 })).toBe(true));
    expect(result.current[0]).toMatchObject({ data: { n: 7 }, isFetching: false, isStale: false });
  });
});

describe('while a page is hydrated', () => {
  const Reader = ({ read }: { read?: (phase: string) => void }) => {
    const { data, status, phase, updatedAt, source, isFetching } = useCacheAside('k', () => 'loaded', { ttl: '1h' });
    read?.(`${data} ${status}`);
    return <p>{`${data} ${status} ${phase} ${updatedAt} ${source} ${isFetching}`}</p>;
  };

  async function hydrated(html: string, cache: Cache, strict: boolean) {
    const errors: unknown[] = [];
    vi.spyOn(console, 'error').mockImplementation((...told) => void errors.push(told));
    const container = document.createElement('div');
    container.innerHTML = html;
    const before = container.querySelector('p');
    const seen: string[] = [];
    const root = await act(async () =>
      hydrateRoot(container, inside(cache, <Reader read={(text) => void seen.push(text)} />, strict), {
        onRecoverableError: (error) => void errors.push(error),
      }),
    );
    await settle();
    const text = container.textContent;
    const isSameNode = container.querySelector('p') === before;
    act(() => root.unmount());
    return { errors, seen, text, isSameNode };
  }

  it.each([true, false])(
    'it shows what the server showed, though something newer is there, strict %j',
    async (strict) => {
      const server = createCache({ clock: fakeClock(5_000_000) });
      await server.set('k', 'of the server');
      const html = renderToString(inside(server, <Reader />, strict));
      expect(html).toContain('of the server success');
      const cache = createCache();
      cache.hydrate(server.dehydrate());
      await cache.set('k', 'newer');
      const { errors, seen, text, isSameNode } = await hydrated(html, cache, strict);
      expect(errors).toEqual([]);
      expect(seen[0]).toBe('of the server success');
      expect(text).toContain('newer success fresh');
      expect(isSameNode).toBe(true);
    },
  );

  it('it shows that there is nothing, if the server had nothing', async () => {
    const html = renderToString(inside(createCache(), <Reader />));
    expect(html).toContain('loading');
    const cache = createCache();
    cache.hydrate([]);
    await cache.set('k', 'on disk');
    const { errors, seen, text } = await hydrated(html, cache, true);
    expect(errors).toEqual([]);
    expect(seen[0]).toBe('undefined loading');
    expect(text).toContain('on disk success');
  });

  it('would not match without the pin', async () => {
    const server = createCache();
    await server.set('k', 'of the server');
    const html = renderToString(inside(server, <Reader />));
    const cache = createCache(); // was not told what the page shows
    await cache.set('k', 'newer');
    expect((await hydrated(html, cache, true)).errors).not.toEqual([]);
  });
});

it('infers types from key, loader, repository and select', () => {
  const cache = createCache();
  const users = cache.repository({ key: (id: number) => ['user', id], load: async (id) => ({ id, name: 'Ada' }) });
  function Typed() {
    expectTypeOf(useCacheAside('k', async () => 1, { select: (n) => `${n}` }).data).toEqualTypeOf<string | undefined>();
    expectTypeOf(useCacheAside(users, 1, { select: ({ name }) => name }).data).toEqualTypeOf<string | undefined>();
    // There is none of it for a key that was invalidated, nor for none.
    expectTypeOf(useCacheAside('k', async () => 1, { initialData: 0 }).data).toEqualTypeOf<number | undefined>();
    expectTypeOf(useCacheAside('k', () => 1, { placeholderData: (n) => n }).data).toEqualTypeOf<number | undefined>();
    expectTypeOf(
      useCacheAside('k', async () => 1, { select: (n) => `${n}` }).refresh,
    ).returns.resolves.toEqualTypeOf<number>();
    // @ts-expect-error a placeholder of another type
    useCacheAside('k', async () => 1, { placeholderData: 'x' });
    return null;
  }
  render(inside(cache, <Typed />));
});
