import { act, renderHook, waitFor } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { expect, expectTypeOf, it } from 'vitest';
import { type Cache, type CacheEvent, createCache, tierOf } from '../../src/index.js';
import { CacheProvider, useCacheAside, useCachedMany, useCacheEvents, useIsFetching } from '../../src/react/index.js';
import { sharedMemoryPlace } from '../../src/testing/shared-memory-store.js';
import { controlled } from '../support/controlled.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

const inside =
  (cache: Cache) =>
  ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <CacheProvider cache={cache} options={{ retry: false }}>
        {children}
      </CacheProvider>
    </StrictMode>
  );

it('useCachedMany looks up and loads all at once, and follows each', async () => {
  const lookups: number[] = [];
  let tick = 0;
  const place = sharedMemoryPlace({
    before: (operation) => {
      if (operation === 'lookup') lookups.push(tick);
    },
  });
  const cache = createCache({ tier: tierOf(place.store()) });
  const { answers, loader } = controlled<string>();
  const use = ({ ids }: { ids: string[] }) => {
    return useCachedMany(ids.map((id) => ({ key: ['user', id], loader })));
  };
  const { result, rerender } = renderHook(use, { wrapper: inside(cache), initialProps: { ids: ['a', 'b', 'c'] } });
  expect(result.current.map(({ status }) => status)).toEqual(['restoring', 'restoring', 'restoring']);
  tick++;
  await settle();
  expect(lookups).toEqual([0, 0, 0]);
  expect(answers).toHaveLength(3);
  answers.forEach(({ resolve }, n) => void resolve(`user ${n}`));
  await settle();
  expect(result.current.map(({ data }) => data)).toEqual(['user 0', 'user 1', 'user 2']);
  const [first, , third] = result.current;
  await act(() => cache.update(['user', 'b'], () => 'edited'));
  expect(result.current.map(({ data }) => data)).toEqual(['user 0', 'edited', 'user 2']);
  expect([first?.data, third?.data]).toEqual(['user 0', 'user 2']);
  rerender({ ids: ['c', 'd'] });
  await settle();
  answers[3]?.resolve('user 3');
  await settle();
  expect(result.current.map(({ data }) => data)).toEqual(['user 2', 'user 3']);
  await act(() => cache.invalidate({ key: ['user', 'a'] }));
  await settle();
  expect(answers).toHaveLength(4); // nobody follows it any more
});

it('useCachedMany heeds options of one when they change, and leaves the others alone', async () => {
  const cache = createCache();
  const loads = { a: 0, failing: 0 };
  const use = ({ enabled, refreshInterval }: { enabled: boolean; refreshInterval: number }) =>
    useCachedMany([
      { key: 'a', loader: () => ++loads.a, enabled, refreshInterval },
      {
        key: 'failing',
        loader: async () => Promise.reject(new Error(`${++loads.failing}`)),
        retry: undefined as never,
      },
    ]);
  const { result, rerender } = renderHook(use, {
    wrapper: inside(cache),
    initialProps: { enabled: false, refreshInterval: 0 },
  });
  await settle();
  expect(result.current.map(({ status }) => status)).toEqual(['idle', 'error']);
  rerender({ enabled: true, refreshInterval: 0 });
  await settle();
  expect(result.current.map(({ status }) => status)).toEqual(['success', 'error']);
  expect(loads).toEqual({ a: 1, failing: 1 });
  rerender({ enabled: true, refreshInterval: 1 });
  await waitFor(() => expect(loads.a).toBeGreaterThan(2));
  expect(loads.failing).toBe(1);
});

it('useCachedMany types each by its own loader', () => {
  const { result } = renderHook(
    () =>
      useCachedMany([
        { key: 'a', loader: async () => 1 },
        { key: 'b', loader: () => 'x', ttl: '1h' },
      ]),
    { wrapper: inside(createCache()) },
  );
  expectTypeOf(result.current[0].data).toEqualTypeOf<number | undefined>();
  expectTypeOf(result.current[1].data).toEqualTypeOf<string | undefined>();
});

it('useIsFetching counts, and useCacheEvents tells, while mounted', async () => {
  const cache = createCache();
  const { answers, loader } = controlled<string>();
  const told: CacheEvent['type'][] = [];
  const counts: number[] = [];
  const { result, unmount } = renderHook(
    () => {
      useCacheAside(['a', 1], loader);
      useCacheAside(['b', 1], loader);
      useCacheEvents('loaded', ({ type }) => told.push(type));
      const [all, ofA] = [useIsFetching(), useIsFetching(['a'])];
      counts.push(all);
      return [all, ofA];
    },
    { wrapper: inside(cache) },
  );
  await settle();
  expect(result.current).toEqual([2, 1]);
  answers[0]?.resolve('v');
  await settle();
  expect(result.current).toEqual([1, 0]);
  answers[1]?.resolve('v');
  await settle();
  expect(result.current).toEqual([0, 0]);
  expect([told, Math.max(...counts)]).toEqual([['loaded', 'loaded'], 2]);
  unmount();
  await cache.get('c', () => 1);
  expect(told).toHaveLength(2);
});
