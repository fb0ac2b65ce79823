'use client';

export { CacheProvider, useCache } from './cache-context.js';
export { type CacheAsideOptions, type CacheAsideResult, type DisabledKey, useCacheAside } from './use-cache-aside.js';
export { type CacheMutation, type CacheMutationOptions, useCacheMutation } from './use-cache-mutation.js';
