import { type GetOptions, type Key, type Loader, presets } from 'cache-aside';
import type { Configuration, Kind, Price, Product, ProductSummary, Profile, Stats } from './shop.js';

/** One kind of data, as both sides name it: its key in the caches, its address in the API, how long it keeps. */
export interface Resource<V, K extends string = Kind> {
  readonly kind: K;
  readonly key: Key;
  readonly path: string;
  readonly options: GetOptions;
  /** Tags that only the value can tell. */
  readonly tagsOf?: (value: V) => string[];
}

/** Carried by everything that shows a product, so that one invalidation reaches it all. */
export const productTag = (id: number): string => `product:${id}`;

export const products: Resource<ProductSummary[]> = {
  kind: 'products',
  key: ['products'],
  path: '/api/products',
  options: presets.catalogue,
  tagsOf: (list) => list.map(({ id }) => productTag(id)),
};

/** `null` for a product that does not exist: that is worth caching too. */
export const product = (id: number): Resource<Product | null> => ({
  kind: 'product',
  key: ['product', id],
  path: `/api/products/${id}`,
  options: { ...presets.catalogue, tags: [productTag(id)] },
});

export const profile = (id: number): Resource<Profile | null> => ({
  kind: 'profile',
  key: ['profile', id],
  path: `/api/profile/${id}`,
  options: presets.profile,
});

export const configuration: Resource<Configuration> = {
  kind: 'configuration',
  key: ['configuration'],
  path: '/api/configuration',
  options: presets.configuration,
};

export const price = (id: string): Resource<Price | null> => ({
  kind: 'price',
  key: ['price', id],
  path: `/api/price/${id}`,
  options: presets.live,
});

export const stats: Resource<Stats, 'stats'> = {
  kind: 'stats',
  key: ['stats'],
  path: '/api/stats',
  options: presets.live,
};

/** The loader of a resource: the same on both sides but for how it gets at the value. */
export function loaderOf<V>(resource: Resource<V, string>, load: (signal: AbortSignal) => Promise<V>): Loader<V> {
  return async (context) => {
    const value = await load(context.signal);
    context.tag(...(resource.tagsOf?.(value) ?? []));
    return value;
  };
}
