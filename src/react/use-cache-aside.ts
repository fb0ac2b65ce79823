import { useLayoutEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import type { Repository } from '../cache/repository.js';
import type { View, WatchOptions } from '../cache/view.js';
import type { LoadContext, Loader } from '../contracts/loader.js';
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

  // The loader and the options of the latest render that was committed: an abandoned render must not change what is loaded.
  const latest = useRef(asked);
  useLayoutEffectOnClient(() => {
    latest.current = asked;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a key is known by its hash, and the loader is read when it runs
  const watch = useMemo(() => {
    // Of the render that made this watch: its key is the one of the hash, until an effect tells of a later render.
    latest.current = asked;
    const load = (context: LoadContext) => latest.current.loader(context);
    const followed = cache.watch(asked.key, load, { ...asked.options, enabled });
    return { ...followed, refresh: () => followed.refresh() };
  }, [cache, hash, enabled]);

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
  return typeof value === 'object' && value !== null && 'load' in value && 'options' in value;
}

/** React 18 warns of layout effects on the server, where there is nothing to lay out. */
const useLayoutEffectOnClient = typeof document === 'undefined' ? () => {} : useLayoutEffect;
