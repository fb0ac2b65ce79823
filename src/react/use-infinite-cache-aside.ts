import { useInsertionEffect, useMemo, useSyncExternalStore } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch, WatchOptions } from '../cache/watching/watch-options.js';
import type { LoadContext } from '../contracts/loader.js';
import { hashKey, type Key, type KeyPart } from '../key.js';
import { useProvided } from './cache-context.js';
import { type PageWindow, pageWindowsOf } from './page-windows.js';
import { useWatchOf } from './use-cached-many.js';
import { useWatches, type WatchedOne } from './use-watches.js';

type NextParam<Page, Param> = (
  page: Page,
  pages: readonly Page[],
  param: Param,
  params: readonly Param[],
) => Param | null | undefined;

export interface InfiniteOptions<Page, Param>
  extends Omit<WatchOptions<Page>, 'initialData' | 'initialDataUpdatedAt' | 'refreshInterval'> {
  initialPageParam: Param;
  /** The parameter of the page after the last one; `null` or `undefined` if there is none. */
  getNextPageParam: NextParam<Page, Param>;
  /** The parameter of the page before the first one. */
  getPreviousPageParam?: NextParam<Page, Param>;
  /** How many pages are shown at most: further ones push out those at the other end. @default no limit */
  maxPages?: number;
}

export interface InfiniteResult<Page, Param>
  extends Pick<View, 'error' | 'status' | 'isLoading' | 'isFetching' | 'isRestoring' | 'isStale'> {
  readonly data: { readonly pages: readonly Page[]; readonly pageParams: readonly Param[] } | undefined;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchingPreviousPage: boolean;
  /** Loads one page more. Resolves when it is there, or could not be loaded. */
  readonly fetchNextPage: () => Promise<void>;
  readonly fetchPreviousPage: () => Promise<void>;
  /** Loads all pages that are shown again, or the one of this index. */
  readonly refresh: (page?: number) => Promise<void>;
}

const isThere = ({ view }: WatchedOne) => view.source !== undefined;

/**
 * A list by pages. Each page is an entry of its own, kept and invalidated like every other, under the key of the list and
 * `{ page }`: so `invalidate({ prefix: key })` reaches all pages.
 */
export function useInfiniteCacheAside<Page, Param extends KeyPart>(
  key: readonly KeyPart[] | null | undefined | false,
  load: (param: Param, context: LoadContext) => Page | PromiseLike<Page>,
  options: InfiniteOptions<Page, Param>,
): InfiniteResult<Page, Param> {
  const { cache, options: defaults } = useProvided();
  const {
    initialPageParam,
    getNextPageParam,
    getPreviousPageParam,
    maxPages = Number.POSITIVE_INFINITY,
    ...rest
  } = options;
  const own = { ...defaults, ...rest } as WatchOptions;
  const hash = key ? hashKey(key) : '';
  const windows = pageWindowsOf(cache);
  const opened = useSyncExternalStore(
    windows.subscribe,
    () => windows.get(hash),
    () => windows.get(hash),
  );
  const extent: PageWindow = opened ?? { first: initialPageParam, count: 1 };

  const { watchOf, keepOnly } = useWatchOf();
  const pageOf = (param: Param): Watch<unknown> => {
    const page: Key = [...(key || []), { page: param }];
    return watchOf(hashKey(page), page, (context) => load(param, context), own);
  };
  const paramOf = ({ watch }: WatchedOne) => ((watch.key as readonly KeyPart[]).at(-1) as { page: Param }).page;
  const beyond = (ask: NextParam<Page, Param> | undefined, all: readonly WatchedOne[], at: WatchedOne | undefined) => {
    if (ask === undefined || at === undefined || !isThere(at)) return undefined;
    const pages = all.map(({ view }) => view.data as Page);
    return ask(at.view.data as Page, pages, paramOf(at), all.map(paramOf));
  };

  /** From the first page on, each tells the parameter of the next one: so the pages fit together also after a reload. */
  const all = useWatches((read) => {
    const chain: WatchedOne[] = [];
    if (!key) return chain;
    chain.push(read(pageOf(extent.first as Param)));
    while (chain.length < extent.count) {
      const param = beyond(getNextPageParam, chain, chain.at(-1));
      if (param === null || param === undefined) break;
      chain.push(read(pageOf(param)));
    }
    return chain;
  });
  useInsertionEffect(() => {
    for (const one of all) one.watch.configure((context) => load(paramOf(one), context), own);
    keepOnly(all.map(({ watch }) => watch));
  });

  const next = beyond(getNextPageParam, all, all.at(-1));
  const previous = beyond(getPreviousPageParam, all, all[0]);
  const open = async (direction: 'next' | 'previous', param: Param | null | undefined): Promise<void> => {
    const now = windows.get(hash) ?? extent;
    if (param === null || param === undefined || now.fetching !== undefined) return;
    windows.set(hash, { ...now, fetching: direction, error: undefined });
    const page = pageOf(param);
    await page.preload();
    const { error, source } = page.read();
    const { first, count } = windows.get(hash) ?? now;
    if (source === undefined) {
      page.release();
      windows.set(hash, { first, count, error });
    } else if (direction === 'previous') windows.set(hash, { first: param, count: Math.min(count + 1, maxPages) });
    else if (count < maxPages) windows.set(hash, { first, count: count + 1 });
    else windows.set(hash, { first: all[1] ? paramOf(all[1]) : param, count });
  };

  const there = all.filter(isThere);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same pages are the same data
  const data = useMemo(
    () =>
      there.length === 0
        ? undefined
        : { pages: there.map(({ view }) => view.data as Page), pageParams: there.map(paramOf) },
    [all],
  );
  const views = all.map(({ view }) => view);
  const error = views.find((view) => view.error !== undefined)?.error ?? extent.error;
  const status = error !== undefined ? 'error' : data ? 'success' : (views[0]?.status ?? 'idle');
  return {
    data,
    error,
    status,
    isLoading: status === 'loading' || status === 'restoring',
    isRestoring: status === 'restoring',
    isFetching: extent.fetching !== undefined || views.some(({ isFetching }) => isFetching),
    isStale: views.some(({ isStale }) => isStale),
    hasNextPage: next !== null && next !== undefined,
    hasPreviousPage: previous !== null && previous !== undefined,
    isFetchingNextPage: extent.fetching === 'next',
    isFetchingPreviousPage: extent.fetching === 'previous',
    fetchNextPage: () => open('next', next),
    fetchPreviousPage: () => open('previous', previous),
    refresh: async (page) => {
      const again = page === undefined ? all : all.slice(page, page + 1);
      await Promise.all(again.map(({ watch }) => watch.refresh()));
    },
  };
}
