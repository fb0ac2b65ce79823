import { act, render, renderHook, screen } from '@testing-library/react';
import { type ReactNode, useEffect, useRef } from 'react';
import { describe, expect, it } from 'vitest';
import { type Cache, createCache } from '../../src/index.js';
import {
  CacheProvider,
  type HookDefaults,
  HydrateCache,
  useCacheAside,
  useCachedMany,
  useCacheEvents,
  useCacheMutation,
  useInfiniteCacheAside,
  useIsFetching,
} from '../../src/react/index.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

/** Renders a hook that can be given another cache, as when another user logs in. */
function swapping<T>(first: Cache, use: () => T) {
  let latest: T | undefined;
  function Reader() {
    const result = use();
    useEffect(() => {
      latest = result;
    });
    return null;
  }
  const tree = (cache: Cache) => (
    <CacheProvider cache={cache} options={{ retry: false }}>
      <Reader />
    </CacheProvider>
  );
  const { rerender } = render(tree(first));
  return { now: () => latest as T, swap: (cache: Cache) => rerender(tree(cache)) };
}

describe('a provider that gets another cache', () => {
  it('shows and follows that one, and ends the load of the other', async () => {
    const [before, after] = [createCache(), createCache()];
    const signals: AbortSignal[] = [];
    const { now, swap } = swapping(before, () =>
      useCacheAside('k', ({ signal }) => {
        signals.push(signal);
        return new Promise<string>(() => {});
      }),
    );
    await after.set('k', 'of the other');
    swap(after);
    await settle();
    expect(now().data).toBe('of the other');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await act(() => before.set('k', 'late'));
    expect(now().data).toBe('of the other');
    await act(async () => void (await now().mutate('edited')));
    expect([before.peek('k'), after.peek('k'), now().data]).toEqual(['late', 'edited', 'edited']);
  });

  it('shows nothing of the other, not even as the data of the key before', async () => {
    const [before, after] = [createCache(), createCache()];
    await before.set('k', 'secret');
    await before.set(['list', { page: 0 }], 'secret');
    const never = () => new Promise<string>(() => {});
    const { now, swap } = swapping(before, () => [
      useCacheAside('k', never, { keepPreviousData: true }).data,
      useInfiniteCacheAside(['list'], never, {
        initialPageParam: 0,
        getNextPageParam: () => null,
        keepPreviousData: true,
      }).data?.pages[0],
    ]);
    expect(now()).toEqual(['secret', 'secret']);
    swap(after);
    expect(now()).toEqual([undefined, undefined]);
  });

  it('is heeded by every hook; a write that is under way ends where it began', async () => {
    const [before, after] = [createCache(), createCache()];
    for (const cache of [before, after]) await cache.set('k', 1);
    const { answers, loader } = controlled<number>();
    const told = { before: 0, after: 0 };
    const saves = controlled<number>();
    let current: keyof typeof told = 'before';
    const { now, swap } = swapping(before, () => {
      const count = useRef(current);
      count.current = current;
      useCacheEvents('loaded', () => void told[count.current]++);
      return {
        fetching: useIsFetching(),
        many: useCachedMany([{ key: 'other', loader }])[0],
        write: useCacheMutation(saves.loader, { invalidates: { key: 'k' } }),
      };
    });
    await settle();
    expect(now()).toMatchObject({ fetching: 1, many: { status: 'loading' } });
    const first = now().write.mutate();
    await settle();
    current = 'after';
    swap(after);
    const second = now().write.mutate();
    await settle();
    expect(now()).toMatchObject({ fetching: 1, many: { status: 'loading' } });
    await act(async () => {
      saves.answers[0]?.resolve(1);
      await first;
    });
    expect([before.peek('k'), after.peek('k')]).toEqual([undefined, 1]);
    await act(async () => {
      saves.answers[1]?.resolve(2);
      await second;
    });
    expect([after.peek('k'), now().write.data]).toEqual([undefined, 2]);
    answers[0]?.resolve(1);
    answers[1]?.resolve(2);
    await settle();
    expect(now()).toMatchObject({ fetching: 0, many: { data: 2 } });
    expect(told).toEqual({ before: 0, after: 1 });
  });
});

describe('the options of a provider', () => {
  const inside = (cache: Cache, outer: HookDefaults, inner: HookDefaults) => {
    return ({ children }: { children: ReactNode }) => (
      <CacheProvider cache={cache} options={outer}>
        <CacheProvider cache={cache} options={inner}>
          {children}
        </CacheProvider>
      </CacheProvider>
    );
  };

  it.each<[string, HookDefaults, HookDefaults, number]>([
    ['are those of the one around it, where it says nothing', { retry: 1 }, { retryDelay: 0 }, 2],
    ['win over those of the one around it', { retry: 1, retryDelay: 0 }, { retry: 2 }, 3],
    ['that are undefined say nothing', { retry: 1, retryDelay: 0 }, { retry: undefined } as object, 2],
  ])('%s', async (_, outer, inner, tries) => {
    let loads = 0;
    const fail = async () => Promise.reject(new Error(`${++loads}`));
    const { result } = renderHook(() => useCacheAside('k', fail), { wrapper: inside(createCache(), outer, inner) });
    await settle();
    await settle();
    expect([loads, result.current.status]).toEqual([tries, 'error']);
  });
});

it.each([undefined, null])('a page that brings %s is shown', (state) => {
  render(
    <CacheProvider cache={createCache()}>
      <HydrateCache state={state}>shown</HydrateCache>
    </CacheProvider>,
  );
  expect(screen.getByText('shown')).toBeTruthy();
});
