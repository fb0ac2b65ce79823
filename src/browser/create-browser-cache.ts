import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { tierOf } from '../cache/tier-of.js';
import { broadcastBus } from './broadcast-bus.js';
import { type IndexedDbStoreOptions, indexedDbStore } from './indexed-db-store.js';

export interface BrowserCacheOptions extends Omit<CacheOptions, 'tier' | 'bus'> {
  /** The application's name for this cache: it names the database and the channel between tabs. */
  name: string;
  /** Whose entries these are: the user or the tenant. Each scope has a database and a channel of its own. @default none */
  scope?: string | undefined;
  /** Bounds and deadlines of the disk. */
  disk?: Omit<IndexedDbStoreOptions, 'name' | 'scope'>;
  /**
   * Whether `confirm` is used anywhere in the application. It costs each tab a Web Lock, with which Firefox keeps no page
   * in the back/forward cache and Chromium freezes none to save energy. Without it `confirm` never succeeds. All
   * tabs must agree: nobody can know whether a tab without the lock has heard. `@default true`
   */
  confirm?: boolean;
}

/**
 * A cache for pages: memory, IndexedDB, and the other tabs of the origin. Where IndexedDB is missing, hangs or throws,
 * it is memory alone.
 *
 * `staleWhileRevalidate` defaults to a day here: a page shows what it has while it loads what is new.
 */
export function createBrowserCache({ name, scope, disk, confirm = true, ...options }: BrowserCacheOptions): Cache {
  const place = { name, scope };
  const { clock } = options;
  const store = indexedDbStore({ ...(clock && { clock }), ...disk, ...place });
  return createCache({
    staleWhileRevalidate: '1d',
    ...options,
    bus: broadcastBus(place, confirm ? {} : { locks: null }),
    tier: tierOf(store, { timeout: '2s' }),
  });
}
