import { createContext, createElement, type ReactNode, useContext } from 'react';
import type { Cache } from '../cache/cache.js';

const CacheContext = createContext<Cache | undefined>(undefined);

/** Gives a cache to the hooks below it. */
export function CacheProvider({ cache, children }: { cache: Cache; children?: ReactNode }): ReactNode {
  return createElement(CacheContext.Provider, { value: cache }, children);
}

/** The cache of the nearest {@link CacheProvider}. @throws if there is none */
export function useCache(): Cache {
  const cache = useContext(CacheContext);
  if (cache === undefined) throw new Error('No cache: wrap the application in <CacheProvider cache={createCache()}>.');
  return cache;
}
