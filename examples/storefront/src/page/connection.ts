import { type Cache, LostLoadError, OvertakenLoadError } from 'cache-aside';
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
      const failed = ({ error }: { error: unknown }) => isStopped(error) || set(false);
      const ends = [cache.on('loaded', () => set(true)), cache.on('load-failed', failed)];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** A load that nobody wants any more, or that another has taken the place of, says nothing about the shop. */
function isStopped(error: unknown): boolean {
  return (
    error instanceof OvertakenLoadError || error instanceof LostLoadError || (error as Error).name === 'AbortError'
  );
}
