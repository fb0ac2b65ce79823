'use client';

export type { DisabledKey } from './asked.js';
export type { CacheAsideOptions, CacheAsideResult, DefinedCacheAsideResult } from './cache-aside-options.js';
export { CacheProvider, type HookDefaults, useCache } from './cache-context.js';
export { useCacheAside } from './use-cache-aside.js';
export { type CacheMutation, type CacheMutationOptions, useCacheMutation } from './use-cache-mutation.js';
