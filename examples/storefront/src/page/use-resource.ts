import { hashKey } from 'cache-aside';
import { type CacheAsideResult, useCacheAside } from 'cache-aside/react';
import { loaderOf, type Resource } from '../data/resource.js';
import { useMounted } from './use-mounted.js';
import { useRecovered } from './use-recovered.js';

/** Where the API had the value of each key when it last answered: it says so in a header. */
export const origins = new Map<string, string>();

/** A resource of the API, through the cache. */
export function useResource<V>(resource: Resource<V, string>): CacheAsideResult<V> {
  return useRecovered(useCacheAside(resource.key, loadOverHttp(resource), resource.options));
}

/** A resource that the server does not render: it is read once the page is alive. */
export function useOwnResource<V>(resource: Resource<V, string>): CacheAsideResult<V> {
  const mounted = useMounted();
  return useRecovered(useCacheAside(mounted && resource.key, loadOverHttp(resource), resource.options));
}

function loadOverHttp<V>(resource: Resource<V, string>) {
  return loaderOf<V>(resource, async (signal) => {
    const response = await fetch(resource.path, { signal });
    if (!response.ok && response.status !== 404) throw new Error(`The shop answered ${response.status}.`);
    origins.set(hashKey(resource.key), response.headers.get('x-cache') ?? 'source');
    return (response.ok ? await response.json() : null) as V;
  });
}
