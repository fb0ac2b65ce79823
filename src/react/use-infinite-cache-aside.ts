import { useInsertionEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { ErrorView, SuccessView, WaitingView } from '../cache/watching/view.js';
import type { Watch, WatchOptions } from '../cache/watching/watch-options.js';
import type { LoadContext } from '../contracts/loader.js';
import { hashKey, type Key, type KeyPart } from '../key.js';
import { type DisabledKey, keyOf, over } from './asked.js';
import { useProvided } from './cache-context.js';
import { type PageWindow, pageWindowsOf } from './page-windows.js';
import { useWatchOf } from './use-cached-many.js';
import { type ThrowOnError, useThrowOnError } from './use-throw-on-error.js';
import { useStable, useWatches, type WatchedOne } from './use-watches.js';

type NextParam<Page, Param> = (
  page: Page,
  pages: readonly Page[],
  param: Param,
  params: readonly Param[],
) => Param | null | undefined;

export interface InfiniteOptions<Page, Param>
  extends Omit<WatchOptions<Page>, 'initialData' | 'initialDataUpdatedAt'>,
    ThrowOnError {
  initialPageParam: Param;
  /** The parameter of the page after the last one; `null` or `undefined` if there is none. */
  getNextPageParam: NextParam<Page, Param>;
  /** The parameter of the page before the first one. */
  getPreviousPageParam?: NextParam<Page, Param>;
  /** How many pages are shown at most: further ones push out those at the other end. @default no limit */
  maxPages?: number;
  /** Whether to show the pages of the key before while the first one of a new key is loaded. @default false */
  keepPreviousData?: boolean;
}

export interface Pages<Page, Param> {
  readonly pages: readonly Page[];
  readonly pageParams: readonly Param[];
}

type Part = 'data' | 'error' | 'status' | 'isLoading' | 'isFetching' | 'isRestoring' | 'isStale';

/** What a component sees of a list by pages. Its `status` tells whether there are pages. */
export type InfiniteResult<Page, Param> = (
  | Pick<SuccessView<Pages<Page, Param>>, Part>
  | Pick<ErrorView<Pages<Page, Param>>, Part>
  | Pick<WaitingView, Part>
) & {
  /** What is shown are the pages of the key before. */
  readonly isPlaceholderData: boolean;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchingPreviousPage: boolean;
  /** Loads one page more. Resolves when it is there, or could not be loaded. */
  readonly fetchNextPage: () => Promise<void>;
  readonly fetchPreviousPage: () => Promise<void>;
  /** Loads all pages that are shown again, or the one of this index. */
  readonly refresh: (page?: number) => Promise<void>;
};

const isThere = ({ view }: WatchedOne) => view.source !== undefined;

/**
 * A list by pages. Each page is an entry of its own, kept and invalidated like every other, under the key of the list and
 * `{ page }`: so `invalidate({ prefix: key })` reaches all pages.
 */
export function useInfiniteCacheAside<Page, Param extends KeyPart>(
  keyOrDisabled: readonly KeyPart[] | DisabledKey | (() => readonly KeyPart[] | DisabledKey),
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
  const own = over(defaults, rest);
  const key = keyOf(keyOrDisabled) as readonly KeyPart[] | null;
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
  const chainOf = ({ first, count }: PageWindow, read: (watch: Watch<unknown>) => WatchedOne) => {
    const chain: WatchedOne[] = [];
    if (!key) return chain;
    chain.push(read(pageOf(first as Param)));
    while (chain.length < count) {
      const param = beyond(getNextPageParam, chain, chain.at(-1));
      if (param === null || param === undefined) break;
      chain.push(read(pageOf(param)));
    }
    return chain;
  };
  const all = useWatches((read) => chainOf(extent, read), own.enabled);
  useInsertionEffect(() => {
    for (const one of all) one.watch.configure((context) => load(paramOf(one), context), own as WatchOptions);
    keepOnly(all.map(({ watch }) => watch));
  });

  const nextParam = beyond(getNextPageParam, all, all.at(-1));
  const previousParam = beyond(getPreviousPageParam, all, all[0]);
  const open = async (direction: 'next' | 'previous'): Promise<void> => {
    const now = windows.get(hash) ?? extent;
    const shown = chainOf(now, (watch) => ({ watch, view: watch.read() }));
    const param =
      direction === 'next'
        ? beyond(getNextPageParam, shown, shown.at(-1))
        : beyond(getPreviousPageParam, shown, shown[0]);
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
    else windows.set(hash, { first: shown[1] ? paramOf(shown[1]) : param, count });
  };
  const refresh = (page?: number): Promise<unknown> => {
    if (page === undefined && extent.error !== undefined) windows.set(hash, { ...extent, error: undefined });
    const again = page === undefined ? all : all.slice(page, page + 1);
    const refreshing = Promise.all(again.map(({ watch }) => watch.refresh()));
    refreshing.catch(() => {}); // it is no unhandled one: it is shown
    return refreshing;
  };
  /** What the actions do at the moment, so that they stay the same functions. */
  const acts = useRef({ open, refresh });
  useInsertionEffect(() => {
    acts.current = { open, refresh };
  });
  const actions = useMemo(
    () => ({
      fetchNextPage: () => acts.current.open('next'),
      fetchPreviousPage: () => acts.current.open('previous'),
      refresh: (page?: number) => acts.current.refresh(page) as Promise<void>,
    }),
    [],
  );

  const there = all.filter(isThere);
  const pages = useStable(there.map(({ view }) => view.data as Page));
  const pageParams = useStable(there.map(paramOf));
  const found = useMemo(() => (pages.length === 0 ? undefined : { pages, pageParams }), [pages, pageParams]);
  /** The latest on screen, of whatever key. */
  // biome-ignore lint/correctness/useExhaustiveDependencies: of this cache
  const previous = useMemo((): { current: typeof found } => ({ current: undefined }), [cache]);
  useInsertionEffect(() => {
    previous.current = found ?? previous.current;
  });
  const views = all.map(({ view }) => view);
  const throwOnError = useThrowOnError();
  for (const view of views) throwOnError(view, own);
  const error = views.find((view) => view.error !== undefined)?.error ?? extent.error;
  const data = found ?? (own.keepPreviousData && error === undefined ? previous.current : undefined);
  const status = error !== undefined ? 'error' : data ? 'success' : (views[0]?.status ?? 'idle');
  return {
    data,
    isPlaceholderData: data !== found,
    error,
    status,
    isLoading: data === undefined && views[0]?.isLoading === true,
    isRestoring: status === 'restoring',
    isFetching: extent.fetching !== undefined || views.some(({ isFetching }) => isFetching),
    isStale: views.some(({ isStale }) => isStale),
    hasNextPage: nextParam !== null && nextParam !== undefined,
    hasPreviousPage: previousParam !== null && previousParam !== undefined,
    isFetchingNextPage: extent.fetching === 'next',
    isFetchingPreviousPage: extent.fetching === 'previous',
    ...actions,
  } as InfiniteResult<Page, Param>;
}
