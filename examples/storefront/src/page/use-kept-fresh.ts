import type { CacheAsideResult } from 'cache-aside/react';
import { useEffect } from 'react';

const PAUSE_AFTER_ERROR = 4_000;

/** Loads a view anew whenever it has become stale, while somebody can see it: for live data. */
export function useKeptFresh<V>({ isStale, isFetching, error, refresh }: CacheAsideResult<V>): void {
  useEffect(() => {
    if (isFetching || (!isStale && error === undefined)) return;
    const load = () => {
      if (document.visibilityState === 'visible') refresh().catch(() => {}); // the view tells of the error
    };
    const timer = setTimeout(load, error === undefined ? 0 : PAUSE_AFTER_ERROR);
    document.addEventListener('visibilitychange', load);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', load);
    };
  }, [isStale, isFetching, error, refresh]);
}
