import { act, render, renderHook, screen } from '@testing-library/react';
import { Component, type ReactNode, useEffect, useState } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import { type CacheAsideOptions, CacheProvider, useCacheAside } from '../../src/react/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

/** What users of other libraries rely on without being told. */

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));
const inside = (cache: Cache, children: ReactNode) => (
  <CacheProvider cache={cache} options={{ retry: false }}>
    {children}
  </CacheProvider>
);
const happens = (type: string) => act(async () => void window.dispatchEvent(new Event(type)));

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
    class Boundary extends Component<{ children: ReactNode }, { hasError: boolean }> {
      override state = { hasError: false };
      static getDerivedStateFromError = () => ({ hasError: true });
      override render() {
        const reset = () => this.setState({ hasError: false });
        return this.state.hasError ? <button type="button" onClick={reset} /> : this.props.children;
      }
    }
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
