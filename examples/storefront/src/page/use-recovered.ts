import type { CacheAsideResult } from 'cache-aside/react';
import { useEffect, useRef } from 'react';
import { useIsReachable } from './connection.js';

/**
 * Loads a view anew that has failed, once another load has reached the shop again. `revalidateOnReconnect` is about the
 * network, which was there all the time.
 */
export function useRecovered<V>(view: CacheAsideResult<V>): CacheAsideResult<V> {
  const { error, refresh } = view;
  const isReachable = useIsReachable();
  const wasReachable = useRef(isReachable);
  useEffect(() => {
    const isBack = isReachable && !wasReachable.current;
    wasReachable.current = isReachable;
    if (isBack && error !== undefined) refresh().catch(() => {}); // the view tells of the error
  }, [isReachable, error, refresh]);
  return view;
}
