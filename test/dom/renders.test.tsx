import { act, render, screen } from '@testing-library/react';
import { Suspense, startTransition, useState } from 'react';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createCache } from '../../src/index.js';
import { type CacheAsideResult, CacheProvider, useCacheAside } from '../../src/react/index.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

describe('a render that is given up', () => {
  it('does not change what is loaded under the key on screen', async () => {
    const cache = createCache();
    const never = new Promise(() => {});
    let go: (id: string) => void = () => {};
    function Name({ id }: { id: string }) {
      return <p>{useCacheAside(['user', id], () => `user ${id}`).data}</p>;
    }
    function Gate({ open }: { open: boolean }) {
      if (!open) throw never;
      return null;
    }
    function Page() {
      const [id, setId] = useState('1');
      go = setId;
      return (
        <Suspense>
          <Name id={id} />
          <Gate open={id === '1'} />
        </Suspense>
      );
    }
    render(
      <CacheProvider cache={cache}>
        <Page />
      </CacheProvider>,
    );
    await screen.findByText('user 1');
    await act(async () => startTransition(() => go('2')));
    expect(screen.getByText('user 1')).toBeTruthy(); // the transition waits
    await act(() => cache.invalidate({ key: ['user', '1'] }));
    await settle();
    expect(screen.getByText('user 1')).toBeTruthy();
    expect(cache.peek(['user', '1'])).toBe('user 1');
    expect(cache.peek(['user', '2'])).toBeUndefined();
  });
});

describe('a render that is committed', () => {
  it('gives its loader and options to the next load, without reading again itself', async () => {
    const cache = createCache({ jitter: 0 });
    const loaded: string[] = [];
    function Name({ name, ttl }: { name: string; ttl: number }) {
      const { data } = useCacheAside(
        'k',
        () => {
          loaded.push(name);
          return name;
        },
        { ttl },
      );
      return <p>{data}</p>;
    }
    const page = (name: string, ttl: number) => (
      <CacheProvider cache={cache}>
        <Name name={name} ttl={ttl} />
      </CacheProvider>
    );
    const { rerender } = render(page('a', 1000));
    await settle();
    rerender(page('b', 5000));
    await settle();
    expect(loaded).toEqual(['a']);
    await act(() => cache.invalidate({ key: 'k' }));
    await settle();
    expect(loaded).toEqual(['a', 'b']);
    expect(cache.dehydrate()[0]?.windows.fresh).toBe(5000);
  });

  it('hands out the same object and the same refresh while nothing has changed', async () => {
    const cache = createCache();
    const results: CacheAsideResult<number>[] = [];
    function Value({ n }: { n: number }) {
      const result = useCacheAside(['k', { a: 1, b: 2 }], () => 1);
      results.push(result);
      return <p>{n}</p>;
    }
    const page = (n: number) => (
      <CacheProvider cache={cache}>
        <Value n={n} />
      </CacheProvider>
    );
    const { rerender } = render(page(1));
    await settle();
    rerender(page(2));
    rerender(page(3));
    const settled = results.filter(({ data }) => data === 1);
    expect(settled).toHaveLength(3);
    expect(new Set(settled).size).toBe(1);
    expect(new Set(results.map(({ refresh }) => refresh)).size).toBe(1);
    await act(() => cache.invalidate({ key: ['k', { b: 2, a: 1 }] }));
    await settle();
    expect(new Set(results.map(({ refresh }) => refresh)).size).toBe(1);
  });
});

describe('the key', () => {
  it('can depend on data that is not there yet', async () => {
    const cache = createCache();
    const asked: string[] = [];
    function Orders() {
      const user = useCacheAside('user', async () => ({ id: 7 }));
      const orders = useCacheAside(
        () => ['orders', (user.data as { id: number }).id],
        ({ key }) => {
          asked.push(JSON.stringify(key));
          return 'orders of 7';
        },
      );
      return <p>{orders.data ?? orders.status}</p>;
    }
    render(
      <CacheProvider cache={cache}>
        <Orders />
      </CacheProvider>,
    );
    expect(screen.getByText('idle')).toBeTruthy();
    expect(await screen.findByText('orders of 7')).toBeTruthy();
    expect(asked).toEqual(['["orders",7]']);
  });

  it.each([null, undefined, false, ''] as const)('%j disables', (key) => {
    const cache = createCache();
    function Value() {
      return <p>{useCacheAside(key, () => 1).status}</p>;
    }
    render(
      <CacheProvider cache={cache}>
        <Value />
      </CacheProvider>,
    );
    expect(screen.getByText('idle')).toBeTruthy();
    expect(cache.stats().entries).toBe(0);
  });
});

it('types the data by the loader or the repository', () => {
  const cache = createCache();
  const users = cache.repository({ key: (id: number) => ['user', id], load: async (id) => ({ id, name: 'Ada' }) });
  function Typed() {
    expectTypeOf(useCacheAside('k', async () => 1).data).toEqualTypeOf<number | undefined>();
    expectTypeOf(useCacheAside(users, 1).data).toEqualTypeOf<{ id: number; name: string } | undefined>();
    // @ts-expect-error an id of another type
    useCacheAside(users, '1');
    return null;
  }
  render(
    <CacheProvider cache={cache}>
      <Typed />
    </CacheProvider>,
  );
});
