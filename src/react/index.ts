'use client';

export type { DisabledKey } from './asked.js';
export type {
  CacheAsideActions,
  CacheAsideOptions,
  CacheAsideResult,
  DefinedCacheAsideResult,
} from './cache-aside-options.js';
export { CacheProvider, type HookDefaults, useCache } from './cache-context.js';
export { HydrateCache, type HydrateCacheProps } from './hydrate-cache.js';
export { useCacheAside } from './use-cache-aside.js';
export { useCacheEvents, useIsFetching } from './use-cache-events.js';
export { type CacheMutation, type CacheMutationOptions, useCacheMutation } from './use-cache-mutation.js';
export { type CachedOne, useCachedMany } from './use-cached-many.js';
export {
  type InfiniteOptions,
  type InfiniteResult,
  type Pages,
  useInfiniteCacheAside,
} from './use-infinite-cache-aside.js';
export { usePrefetch } from './use-prefetch.js';
export { type SuspenseOptions, useSuspenseCacheAside } from './use-suspense-cache-aside.js';
