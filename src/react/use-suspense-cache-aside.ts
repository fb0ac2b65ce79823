import { useMemo } from 'react';
import type { Repository } from '../cache/writing/repository.js';
import type { Loader } from '../contracts/loader.js';
import type { Key } from '../key.js';
import { type AnyRepository, useAsked } from './asked.js';
import type { CacheAsideOptions, DefinedCacheAsideResult } from './cache-aside-options.js';
import { useCache } from './cache-context.js';
import { thrownErrorsOf } from './thrown-errors.js';
import { useWatch } from './use-watch.js';

/** What makes no sense where a component waits for data and throws errors anyway. */
export type SuspenseOptions<V, S> = Omit<
  CacheAsideOptions<V, S>,
  'enabled' | 'placeholderData' | 'keepPreviousData' | 'throwOnError'
>;

/**
 * Like `useCacheAside`, but there is always data: until it is there the component suspends, and a load that failed throws
 * to the nearest error boundary, which tries again when it is reset. An error behind data is part of the result.
 *
 * What several of these in one component need is loaded one after the other, unless it was begun by `cache.preload`.
 */
export function useSuspenseCacheAside<V, S = V>(
  key: Key,
  loader: Loader<V>,
  options?: SuspenseOptions<V, S>,
): DefinedCacheAsideResult<S, V>;
export function useSuspenseCacheAside<Id, V, Patch, S = V>(
  repository: Repository<Id, V, Patch>,
  id: NonNullable<Id>,
  options?: SuspenseOptions<V, S>,
): DefinedCacheAsideResult<S, V>;
export function useSuspenseCacheAside(
  first: Key | AnyRepository,
  second: unknown,
  options?: object,
): DefinedCacheAsideResult<unknown> {
  const { watch, lens, look, seen, hand } = useWatch(useAsked(first, second, { ...options, enabled: true }));
  // Else a load that fails, or brings `undefined`, would be no change for who reads `data`, and be waited for for ever.
  lens.needs('status');
  const errors = thrownErrorsOf(useCache());
  // While it is hydrated, what the page shows may be nothing, though there is data: then there is no HTML to be true to.
  const view = watch.read();
  const shown = seen.source === undefined ? look(view) : seen;
  if (shown.source === undefined) {
    // The promise and its outcome live in the cache: what a component remembers is lost when it suspends. An error that is
    // not held is one of somebody else, or was thrown before the boundary was reset: who comes next tries again.
    if (shown.error === undefined || view.isFetching || !watch.isHeld()) {
      errors.suspended(watch);
      throw watch.preload();
    }
    errors.thrown(watch);
    throw shown.error;
  }
  errors.ended(watch);
  // One of `select`, which has picked nothing before.
  const { error, data } = shown;
  if (error !== undefined && error !== view.error && data === undefined) throw error;
  return useMemo(() => hand(shown), [hand, shown]) as DefinedCacheAsideResult<unknown>;
}
