import * as resources from '../data/resource.js';
import type { Database } from './database.js';
import type { Reads } from './reads.js';

export type ShopReads = ReturnType<typeof createShopReads>;

/** What the API and the page read: each resource with its query, through the cache. */
export function createShopReads({ read }: Reads, database: Database) {
  return {
    products: () => read(resources.products, () => database.products()),
    product: (id: number) => read(resources.product(id), () => database.product(id)),
    profile: (id: number) => read(resources.profile(id), () => database.profile(id)),
    configuration: () => read(resources.configuration, () => database.configuration()),
    price: (id: string) => read(resources.price(id), () => database.price(id)),
  };
}
