export { broadcastBus } from './broadcast-bus.js';
export { type BrowserCacheOptions, createBrowserCache } from './create-browser-cache.js';
export type { Place } from './database-name.js';
export { type IndexedDbStoreOptions, indexedDbStore } from './indexed-db-store.js';
export { wipeIndexedDb } from './wipe-indexed-db.js';
