import { useInsertionEffect, useMemo, useSyncExternalStore } from 'react';
import type { Repository } from '../cache/repository.js';
import type { View, WatchOptions } from '../cache/view.js';
import type { Loader } from '../contracts/loader.js';
import { hashKey, type Key } from '../key.js';
import { useCache } from './cache-context.js';

/** A key that is not known yet: nothing is loaded. */
export type DisabledKey = null | undefined | false | '';

export type CacheAsideOptions = WatchOptions;

/** What a component sees of a key. A plain object that stays the same until something in it changes. */
export interface CacheAsideResult<V> extends View<V> {
  /** Loads even if the data is fresh. */
  readonly refresh: () => Promise<V>;
}

/**
 * The value of a key: from memory at once, from the disk, or loaded. Follows it until the component unmounts.
 *
 * A falsy key, or a function that throws or answers one, disables it: so a key can depend on data that is not there yet.
 */
export function useCacheAside<V>(
  key: Key | DisabledKey | (() => Key | DisabledKey),
  loader: Loader<V>,
  options?: CacheAsideOptions,
): CacheAsideResult<V>;
export function useCacheAside<Id, V, Patch>(
  repository: Repository<Id, V, Patch>,
  id: Id | null | undefined,
  options?: CacheAsideOptions,
): CacheAsideResult<V>;
export function useCacheAside(
  first: Key | DisabledKey | (() => Key | DisabledKey) | Repository<unknown, unknown, unknown>,
  second: unknown,
  options?: CacheAsideOptions,
): CacheAsideResult<unknown> {
  const cache = useCache();
  const asked = isRepository(first)
    ? ofRepository(first, second, options)
    : { key: keyOf(first), loader: second as Loader<unknown>, options };
  const enabled = options?.enabled !== false;
  const hash = asked.key === null ? null : hashKey(asked.key);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a key is known by its hash; the rest is kept up to date below
  const { latest, own, watch } = useMemo(() => {
    // Of this key alone: what a later render asks for another key must never be stored under this one.
    const latest = { loader: asked.loader };
    const own = { ...asked.options, enabled };
    const watch = cache.watch(asked.key, (context) => latest.loader(context), own);
    return { latest, own, watch };
  }, [cache, hash, enabled]);
  // Only a render that was committed may change what is loaded. This effect runs first, and not on the server.
  useInsertionEffect(() => {
    latest.loader = asked.loader;
    Object.assign(own, asked.options);
  });

  const view = useSyncExternalStore(watch.subscribe, watch.read, watch.read);
  return useMemo(() => ({ ...view, refresh: watch.refresh }), [view, watch]);
}

interface Asked {
  readonly key: Key | null;
  readonly loader: Loader<unknown>;
  readonly options: CacheAsideOptions | undefined;
}

function ofRepository(
  repository: Repository<unknown, unknown, unknown>,
  id: unknown,
  options: CacheAsideOptions | undefined,
): Asked {
  if (id === null || id === undefined) return { key: null, loader: () => undefined, options };
  return { key: repository.key(id), loader: repository.load(id), options: { ...repository.options(id), ...options } };
}

function keyOf(key: Key | DisabledKey | (() => Key | DisabledKey)): Key | null {
  if (typeof key !== 'function') return key || null;
  try {
    return key() || null;
  } catch {
    return null; // it depends on data that is not there yet
  }
}

function isRepository(value: unknown): value is Repository<unknown, unknown, unknown> {
  return typeof value === 'object' && value !== null && 'load' in value;
}
