import type { Cache } from 'cache-aside';
import { useCache } from 'cache-aside/react';
import { useMemo, useSyncExternalStore } from 'react';

/** Whether the last load reached the shop: browsers only know whether there is a network. */
export function useIsReachable(): boolean {
  const cache = useCache();
  const connection = useMemo(() => followLoads(cache), [cache]);
  return useSyncExternalStore(connection.subscribe, connection.read, () => true);
}

function followLoads(cache: Cache) {
  let reachable = true;
  return {
    read: () => reachable,
    subscribe(listener: () => void) {
      const set = (next: boolean) => {
        if (reachable === next) return;
        reachable = next;
        listener();
      };
      const ends = [cache.on('loaded', () => set(true)), cache.on('load-failed', () => set(false))];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
