import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import type { Cache } from '../cache/cache.js';
import { defined } from '../cache/reading/defined.js';
import type { CacheAsideOptions } from './cache-aside-options.js';

/** Options for every hook below; each hook's own win. */
export type HookDefaults = Omit<CacheAsideOptions<unknown>, 'select' | 'initialData' | 'placeholderData'>;

interface Provided {
  readonly cache: Cache;
  readonly options: HookDefaults;
}

const CacheContext = createContext<Provided | undefined>(undefined);

/** What users of hooks expect; the core alone does none of it. A render on a server must not wait for tries. */
const DEFAULTS: HookDefaults = {
  retry: typeof document === 'undefined' ? 0 : 3,
  revalidateOnFocus: true,
  revalidateOnReconnect: true,
};

/**
 * Gives a cache to the hooks below it, and what they do unless they say otherwise, or a provider between them does: what
 * that leaves out is as here, whichever cache it gives.
 */
export function CacheProvider(props: { cache: Cache; options?: HookDefaults; children?: ReactNode }): ReactNode {
  const { cache, options, children } = props;
  const around = useContext(CacheContext)?.options ?? DEFAULTS;
  const value = useMemo(() => {
    return { cache, options: { ...around, ...defined(options ?? {}) } };
  }, [cache, options, around]);
  return createElement(CacheContext.Provider, { value }, children);
}

/** The cache of the nearest {@link CacheProvider}. @throws if there is none */
export function useCache(): Cache {
  return useProvided().cache;
}

export function useProvided(): Provided {
  const provided = useContext(CacheContext);
  if (provided?.cache === undefined) {
    throw new Error('No cache: wrap the application in <CacheProvider cache={createCache()}>.');
  }
  return provided;
}
