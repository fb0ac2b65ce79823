import { act, renderHook, waitFor } from '@testing-library/react';
import { type ReactNode, StrictMode } from 'react';
import { beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { createBrowserCache } from '../../src/browser/index.js';
import { type Cache, createCache } from '../../src/index.js';
import { CacheProvider, type InfiniteOptions, useInfiniteCacheAside } from '../../src/react/index.js';

const settle = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));

interface Page {
  readonly items: readonly string[];
  readonly next: number | null;
  readonly previous: number | null;
}

let loads: number[];
let mark: string;
let fails: boolean;
beforeEach(() => {
  [loads, mark, fails] = [[], '', false];
});

/** Ten pages, 0 to 9. */
async function load(page: number): Promise<Page> {
  loads.push(page);
  if (fails) throw new Error('down');
  return { items: [`${page}${mark}`], next: page < 9 ? page + 1 : null, previous: page > 0 ? page - 1 : null };
}

function setUp(options: Partial<InfiniteOptions<Page, number>> = {}, cache: Cache = createCache()) {
  const rendered = renderHook(
    () =>
      useInfiniteCacheAside(['list'], load, {
        initialPageParam: 0,
        getNextPageParam: ({ next }) => next,
        getPreviousPageParam: ({ previous }) => previous,
        ...options,
      }),
    {
      wrapper: ({ children }: { children: ReactNode }) => (
        <StrictMode>
          <CacheProvider cache={cache} options={{ retry: false }}>
            {children}
          </CacheProvider>
        </StrictMode>
      ),
    },
  );
  const current = () => rendered.result.current;
  return {
    ...rendered,
    cache,
    current,
    text: () =>
      current()
        .data?.pages.map(({ items }) => items.join())
        .join(' '),
  };
}

describe('useInfiniteCacheAside', () => {
  it('loads the first page, and further ones when asked, each once', async () => {
    const { current, text } = setUp();
    expect(current()).toMatchObject({ data: undefined, status: 'loading', isLoading: true, hasNextPage: false });
    await settle();
    expect(current()).toMatchObject({ status: 'success', hasNextPage: true, hasPreviousPage: false });
    let fetching: Promise<void> | undefined;
    act(() => {
      fetching = current().fetchNextPage();
      void current().fetchNextPage(); // twice is once
    });
    expect(current()).toMatchObject({ isFetchingNextPage: true, isFetching: true });
    await act(() => fetching);
    await settle();
    expect(text()).toBe('0 1');
    expect(current()).toMatchObject({ isFetchingNextPage: false, isFetching: false });
    expect(current().data?.pageParams).toEqual([0, 1]);
    expect(loads).toEqual([0, 1]);
  });

  it('goes both ways, and shows at most `maxPages`', async () => {
    const { current, text } = setUp({ initialPageParam: 4, maxPages: 3 });
    await settle();
    for (const go of [
      'fetchNextPage',
      'fetchNextPage',
      'fetchPreviousPage',
      'fetchNextPage',
      'fetchNextPage',
    ] as const) {
      await act(() => current()[go]());
      await settle();
    }
    expect(text()).toBe('5 6 7');
    await act(() => current().fetchPreviousPage());
    await settle();
    expect(text()).toBe('4 5 6');
    expect(loads).toEqual([4, 5, 6, 3, 7]); // the rest was in the cache
  });

  it('ends where there is no page', async () => {
    const { current, text } = setUp({ initialPageParam: 9 });
    await settle();
    expect(current().hasNextPage).toBe(false);
    await act(() => current().fetchNextPage());
    expect(text()).toBe('9');
  });

  it('loads all pages again after an invalidation of their prefix, or one, or by refresh', async () => {
    const { cache, current, text } = setUp();
    await settle();
    await act(() => current().fetchNextPage());
    mark = '!';
    await act(() => cache.invalidate({ key: ['list', { page: 1 }] }));
    await settle();
    expect(text()).toBe('0 1!');
    await act(() => cache.invalidate({ prefix: ['list'] }));
    await settle();
    expect(text()).toBe('0! 1!');
    mark = '?';
    await act(() => current().refresh(0));
    expect(text()).toBe('0? 1!');
    await act(() => current().refresh());
    expect(text()).toBe('0? 1?');
  });

  it('follows when the pages are cut anew', async () => {
    let cut = 1;
    const { cache, current } = setUp({ getNextPageParam: ({ items }) => Number.parseInt(items[0] ?? '', 10) + cut });
    await settle();
    await act(() => current().fetchNextPage());
    await settle();
    expect(current().data?.pageParams).toEqual([0, 1]);
    cut = 2;
    await act(() => cache.invalidate({ prefix: ['list'] }));
    await settle();
    expect(current().data?.pageParams).toEqual([0, 2]);
  });

  it('keeps its pages when one more cannot be loaded, and tries again', async () => {
    const { current, text } = setUp();
    await settle();
    fails = true;
    await act(() => current().fetchNextPage());
    expect(current()).toMatchObject({ status: 'error', error: new Error('down'), isFetchingNextPage: false });
    expect(text()).toBe('0');
    fails = false;
    await act(() => current().fetchNextPage());
    await settle();
    expect(text()).toBe('0 1');
    expect(current().status).toBe('success');
  });

  it('shows the same pages to who comes back', async () => {
    const { cache, current, unmount } = setUp();
    await settle();
    await act(() => current().fetchNextPage());
    unmount();
    expect(setUp({}, cache).text()).toBe('0 1');
    expect(loads).toEqual([0, 1]);
  });

  it('has actions that stay the same, and know how far the list is open when they are called', async () => {
    const { current, text } = setUp();
    const { fetchNextPage, fetchPreviousPage, refresh } = current();
    await settle();
    await act(async () => {
      await fetchNextPage();
      await fetchNextPage();
    });
    expect(text()).toBe('0 1 2');
    expect(current()).toMatchObject({ fetchNextPage, fetchPreviousPage, refresh });
    const { data } = current();
    await act(() => refresh());
    expect(current().data).toBe(data); // nothing in it has changed
    expect(loads).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('keeps its pages if a refresh fails, which is no unhandled rejection if nobody waits for it', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const { current, text } = setUp();
    await settle();
    fails = true;
    act(() => void current().refresh());
    await settle();
    process.off('unhandledRejection', unhandled);
    expect([current().status, text()]).toEqual(['error', '0']);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('shows what has arrived of a refresh, beside the error of the page that could not be loaded', async () => {
    let failing: number | undefined;
    const cache = createCache();
    const use = () =>
      useInfiniteCacheAside(
        ['list'],
        (page: number) => (page === failing ? Promise.reject(new Error('down')) : load(page)),
        {
          initialPageParam: 0,
          getNextPageParam: ({ next }) => next,
        },
      );
    const { result } = renderHook(use, {
      wrapper: ({ children }: { children: ReactNode }) => (
        <CacheProvider cache={cache} options={{ retry: false }}>
          {children}
        </CacheProvider>
      ),
    });
    const current = () => result.current;
    const text = () =>
      current()
        .data?.pages.map(({ items }) => items.join())
        .join(' ');
    await settle();
    await act(() => current().fetchNextPage());
    await settle();
    mark = '!';
    failing = 1;
    await act(() =>
      current()
        .refresh()
        .catch(() => {}),
    );
    await settle();
    expect([current().status, text()]).toEqual(['error', '0! 1']);
    failing = undefined;
    await act(() => current().refresh());
    expect([current().status, text()]).toEqual(['success', '0! 1!']);
  });

  it('goes on loading one more page when its component leaves: who comes back finds it', async () => {
    const { cache, current, unmount } = setUp();
    await settle();
    let fetching: Promise<void> | undefined;
    act(() => {
      fetching = current().fetchNextPage();
    });
    unmount();
    await fetching;
    const again = setUp({}, cache);
    expect([again.text(), again.current().isFetchingNextPage, loads]).toEqual(['0 1', false, [0, 1]]);
  });

  it('forgets the error of a page that could not be loaded when all are refreshed', async () => {
    const { current, text } = setUp();
    await settle();
    fails = true;
    await act(() => current().fetchNextPage());
    expect(current().status).toBe('error');
    fails = false;
    await act(() => current().refresh());
    expect([current().status, text()]).toEqual(['success', '0']);
  });

  it.each([true, false])('shows the pages of the key before while those of a new one are loaded: %j', async (keeps) => {
    const cache = createCache();
    const use = ({ name }: { name: string | null }) =>
      useInfiniteCacheAside(
        () => name && ['list', name],
        async (page: number) => `${name} ${page}`,
        { initialPageParam: 0, getNextPageParam: () => 1, keepPreviousData: keeps },
      );
    const { result, rerender } = renderHook(use, {
      wrapper: ({ children }: { children: ReactNode }) => <CacheProvider cache={cache}>{children}</CacheProvider>,
      initialProps: { name: 'a' as string | null },
    });
    await settle();
    const before = keeps ? ['a 0'] : undefined;
    for (const name of [null, 'b']) {
      rerender({ name });
      expect(result.current.data?.pages).toEqual(before);
      expect(result.current).toMatchObject({ isPlaceholderData: keeps, hasNextPage: false });
    }
    await settle();
    expect(result.current).toMatchObject({ data: { pages: ['b 0'] }, isPlaceholderData: false, hasNextPage: true });
  });

  it('is loading while there is nothing to show, also again after an error', async () => {
    fails = true;
    const { current } = setUp();
    expect(current().isLoading).toBe(true);
    await settle();
    expect(current()).toMatchObject({ status: 'error', isLoading: false });
    fails = false;
    let again: Promise<void> | undefined;
    act(() => {
      again = current().refresh();
    });
    expect(current().isLoading).toBe(true);
    await act(() => again);
    expect(current()).toMatchObject({ status: 'success', isLoading: false });
  });

  it('loads each page again after an interval', async () => {
    const { current } = setUp({ refreshInterval: 5 });
    await waitFor(() => expect(current().hasNextPage).toBe(true));
    await act(() => current().fetchNextPage());
    mark = '!';
    await waitFor(() => expect(current().data?.pages.map(({ items }) => items[0])).toEqual(['0!', '1!']));
  });

  it('heeds `enabled` when it changes, and no option that is undefined', async () => {
    const cache = createCache();
    const options = { initialPageParam: 0, getNextPageParam: () => null };
    const use = ({ enabled }: { enabled: boolean }) =>
      useInfiniteCacheAside(['list'], load, { ...options, enabled, ...({ retry: undefined } as object) });
    const { result, rerender } = renderHook(use, {
      wrapper: ({ children }: { children: ReactNode }) => (
        <CacheProvider cache={cache} options={{ retry: 1, retryDelay: 1 }}>
          {children}
        </CacheProvider>
      ),
      initialProps: { enabled: false },
    });
    await settle();
    expect([result.current.status, loads]).toEqual(['idle', []]);
    fails = true;
    rerender({ enabled: true });
    await waitFor(() => expect(result.current.status).toBe('error'));
    expect(loads).toEqual([0, 0]);
  });

  it('has its pages on disk', async () => {
    const first = createBrowserCache({ name: 'pages' });
    const { current, unmount } = setUp({}, first);
    await waitFor(() => expect(current().status).toBe('success'));
    await act(() => current().fetchNextPage());
    await first.close();
    unmount();
    const again = setUp({}, createBrowserCache({ name: 'pages' }));
    await waitFor(() => expect(again.current().status).toBe('success'));
    await act(() => again.current().fetchNextPage());
    await waitFor(() => expect(again.text()).toBe('0 1'));
    expect(loads).toEqual([0, 1]);
  });

  it('takes null as the first parameter, and no key', async () => {
    const asked: unknown[] = [];
    const wrapper = ({ children }: { children: ReactNode }) => (
      <CacheProvider cache={createCache()}>{children}</CacheProvider>
    );
    const use = ({ key }: { key: string[] | null }) => {
      const cursor = (param: string | null): string => {
        asked.push(param);
        return param === null ? 'a' : 'b';
      };
      const result = useInfiniteCacheAside(key, cursor, {
        initialPageParam: null as string | null,
        getNextPageParam: (page) => (page === 'a' ? 'after a' : undefined),
      });
      expectTypeOf(result.data?.pages).toEqualTypeOf<readonly string[] | undefined>();
      return result;
    };
    const { result, rerender } = renderHook(use, { wrapper, initialProps: { key: null as string[] | null } });
    await settle();
    expect([result.current.status, asked]).toEqual(['idle', []]);
    rerender({ key: ['c'] });
    await settle();
    expect(result.current.data?.pages).toEqual(['a']);
  });
});
