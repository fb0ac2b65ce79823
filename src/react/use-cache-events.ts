import { useEffect, useInsertionEffect, useRef, useSyncExternalStore } from 'react';
import type { Cache, CacheEventListener, CacheEventType } from '../cache/cache.js';
import type { KeyPart } from '../key.js';
import { useCache } from './cache-context.js';

/** Calls back for what happens in the cache while the component is mounted. */
export function useCacheEvents<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): void {
  const cache = useCache();
  const latest = useRef(listener);
  useInsertionEffect(() => {
    latest.current = listener;
  });
  useEffect(() => cache.on(type, (event) => latest.current(event)), [cache, type]);
}

/** How many keys are being loaded or looked up, of all or of those that begin with these parts. */
export function useIsFetching(prefix?: readonly KeyPart[]): number {
  const cache = useCache();
  const subscribe = subscribeTo(cache);
  return useSyncExternalStore(
    subscribe,
    () => cache.fetching(prefix),
    () => 0,
  );
}

const subscriptions = new WeakMap<Cache, (listener: () => void) => () => void>();

function subscribeTo(cache: Cache) {
  const known = subscriptions.get(cache);
  if (known !== undefined) return known;
  const subscribe = (listener: () => void) => cache.on('*', () => queueMicrotask(listener)); // when it has taken off, or landed
  subscriptions.set(cache, subscribe);
  return subscribe;
}
