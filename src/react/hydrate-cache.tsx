import { type ReactNode, useMemo } from 'react';
import type { DehydratedEntry } from '../cache/hydrate.js';
import { useCache } from './cache-context.js';

export interface HydrateCacheProps {
  /** What `dehydrate` gave, if anything. Hand the array on as it is: the cache knows by it that it has seen these entries. */
  state: readonly DehydratedEntry[] | null | undefined;
  children?: ReactNode;
}

/**
 * Takes what the server has read into the nearest cache, before the children read. Later state, such as that of the next
 * page, brings what is newer; the same state again, such as that of a page that is shown again, changes nothing.
 *
 * It does so while rendering, since in an effect it would come after the children have begun to load the same
 * (github.com/TanStack/query/issues/9610). React may render twice or in vain: taking in is idempotent, and what was taken
 * in is true whether or not the page is ever shown.
 */
export function HydrateCache({ state, children }: HydrateCacheProps): ReactNode {
  const cache = useCache();
  useMemo(() => state && cache.hydrate(state), [cache, state]);
  return children;
}
