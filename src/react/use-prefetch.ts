import { useMemo } from 'react';
import type { WatchOptions } from '../cache/watching/watch-options.js';
import type { Repository } from '../cache/writing/repository.js';
import type { Loader } from '../contracts/loader.js';
import { hashKey } from '../key.js';
import { type AnyRepository, type KeyOrDisabled, useAsked } from './asked.js';
import { useCache } from './cache-context.js';

/** Begins to load what is not there, or stale, while rendering: so that it is under way before a component below suspends for it. */
export function usePrefetch<V>(key: KeyOrDisabled, loader: Loader<V>, options?: WatchOptions<V>): void;
export function usePrefetch<Id, V, Patch>(
  repository: Repository<Id, V, Patch>,
  id: Id | null | undefined,
  options?: WatchOptions<V>,
): void;
export function usePrefetch(first: KeyOrDisabled | AnyRepository, second: unknown, own?: object): void {
  const cache = useCache();
  const { key, loader, options } = useAsked(first, second, own);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once per key
  useMemo(() => {
    if (key !== null) void cache.preload(key, loader, options);
  }, [cache, key === null ? null : hashKey(key)]);
}
