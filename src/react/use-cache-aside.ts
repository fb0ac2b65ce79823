import { useMemo } from 'react';
import type { Repository } from '../cache/writing/repository.js';
import type { Loader } from '../contracts/loader.js';
import { type AnyRepository, type KeyOrDisabled, useAsked } from './asked.js';
import type { CacheAsideOptions, CacheAsideResult } from './cache-aside-options.js';
import { throws } from './use-throw-on-error.js';
import { useWatch } from './use-watch.js';

/**
 * The value of a key: from memory at once, from the disk, or loaded. Follows it until the component unmounts.
 *
 * A falsy key, or a function that throws or answers one, disables it: so a key can depend on data that is not there yet.
 */
export function useCacheAside<V, S = V>(
  key: KeyOrDisabled,
  loader: Loader<V>,
  options?: CacheAsideOptions<V, S>,
): CacheAsideResult<S, V>;
export function useCacheAside<Id, V, Patch, S = V>(
  repository: Repository<Id, V, Patch>,
  id: Id | null | undefined,
  options?: CacheAsideOptions<V, S>,
): CacheAsideResult<S, V>;
// The first again: TypeScript 7 says what is wrong with a call by the last overload, and most calls are of that one.
export function useCacheAside<V, S = V>(
  key: KeyOrDisabled,
  loader: Loader<V>,
  options?: CacheAsideOptions<V, S>,
): CacheAsideResult<S, V>;
export function useCacheAside(
  first: KeyOrDisabled | AnyRepository,
  second: unknown,
  options?: object,
): CacheAsideResult<unknown> {
  const asked = useAsked(first, second, options);
  const { watch, lens, seen, hand } = useWatch(asked);
  const { throwOnError } = asked.options;
  if (throwOnError) {
    lens.needs('status', 'isFetching');
    const { error, isFetching } = seen;
    // Not before the first commit: after its error boundary was reset, a component tries again. Not so what `select` threw.
    const isDue = lens.isCommitted || error !== watch.read().error;
    if (error !== undefined && !isFetching && isDue && throws(throwOnError, error)) throw error;
  }
  return useMemo(() => hand(seen), [hand, seen]);
}
