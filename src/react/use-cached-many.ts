import { useInsertionEffect, useMemo } from 'react';
import type { View } from '../cache/watching/view.js';
import type { Watch, WatchOptions } from '../cache/watching/watch-options.js';
import type { Loader } from '../contracts/loader.js';
import { hashKey, type Key } from '../key.js';
import { over } from './asked.js';
import type { CacheAsideActions } from './cache-aside-options.js';
import { useProvided } from './cache-context.js';
import { type ThrowOnError, useThrowOnError } from './use-throw-on-error.js';
import { useWatches } from './use-watches.js';

/** One of the keys of {@link useCachedMany}. */
export interface CachedOne<V> extends WatchOptions<Awaited<V>>, ThrowOnError {
  readonly key: Key;
  readonly loader: Loader<V>;
}

/** Several keys at once, as many as there are at the moment: looked up together, loaded at the same time. */
export function useCachedMany<Vs extends readonly unknown[]>(
  queries: readonly [...{ [N in keyof Vs]: CachedOne<Vs[N]> }],
): { readonly [N in keyof Vs]: View<Awaited<Vs[N]>> & CacheAsideActions<Awaited<Vs[N]>> };
export function useCachedMany(queries: readonly CachedOne<unknown>[]): readonly object[] {
  const { cache, options } = useProvided();
  const asked = queries.map(({ key, loader, ...own }) => ({
    key,
    hash: hashKey(key),
    loader,
    own: over(options, own),
  }));
  const { watchOf, keepOnly } = useWatchOf();
  const followed = useWatches(
    (read) => asked.map(({ key, hash, loader, own }) => read(watchOf(hash, key, loader, own))),
    asked.map(({ own }) => own.enabled).join(),
  );
  useInsertionEffect(() => {
    for (const { key, hash, loader, own } of asked) watchOf(hash, key, loader, own).configure(loader, own);
    keepOnly(followed.map(({ watch }) => watch));
  });
  const throwOnError = useThrowOnError();
  followed.forEach(({ view }, n) => void throwOnError(view, asked[n]?.own ?? {}));
  return useMemo(
    () =>
      followed.map(({ watch, view }) => ({
        ...view,
        refresh: watch.refresh,
        mutate: (change: unknown) =>
          cache.update(watch.key as Key, typeof change === 'function' ? (change as () => unknown) : () => change),
      })),
    [followed, cache],
  );
}

/** Makes each watch once while it is in use. */
export function useWatchOf() {
  const { cache } = useProvided();
  return useMemo(() => {
    const made = new Map<string, Watch<unknown>>();
    const watchOf = (hash: string, key: Key, loader: Loader<unknown>, options: WatchOptions): Watch<unknown> => {
      const watch = made.get(hash) ?? cache.watch(key, loader, options);
      made.set(hash, watch);
      return watch;
    };
    /** Forgets all but these. */
    const keepOnly = (watches: readonly Watch<unknown>[]) => {
      for (const [hash, watch] of made) if (!watches.includes(watch)) made.delete(hash);
    };
    return { watchOf, keepOnly };
  }, [cache]);
}
