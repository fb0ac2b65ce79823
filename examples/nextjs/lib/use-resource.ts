'use client';

import { useCacheAside } from 'cache-aside/react';
import type { Resource } from './books';

/** A resource as the cache has it: from the page, from memory, from the disk, or from the API. */
export function useResource<V>({ key, path, options, revive = (value) => value }: Resource<V>) {
  return useCacheAside(
    key,
    async ({ signal }) => {
      const response = await fetch(path, { signal });
      if (!response.ok) throw new Error(`The library answered ${response.status}.`);
      return revive((await response.json()) as V);
    },
    options,
  );
}
