'use client';

export { CacheProvider, useCache } from './cache-context.js';
export { HydrateCache, type HydrateCacheProps } from './hydrate-cache.js';
export { StreamedCache } from './streamed-cache.js';
export { type CacheAsideOptions, type CacheAsideResult, type DisabledKey, useCacheAside } from './use-cache-aside.js';
export { type CacheMutation, type CacheMutationOptions, useCacheMutation } from './use-cache-mutation.js';
