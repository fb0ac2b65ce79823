import { type Cache, hashKey } from 'cache-aside';
import { loaderOf, type Resource } from '../data/resource.js';
import type { Origin, Stats } from '../data/shop.js';

/** Reads through the cache that tell where the value was, and count it. */
export interface Reads {
  read<V>(resource: Resource<V>, load: () => Promise<V>): Promise<{ value: V; origin: Origin }>;
  stats(): Stats;
}

const none = (): Record<Origin, number> => ({ memory: 0, redis: 0, source: 0 });

export function createReads(cache: Cache): Reads {
  const counted: Stats = { products: none(), product: none(), profile: none(), configuration: none(), price: none() };
  /** What brought each entry into memory last. */
  const storedBy = new Map<string, string>();
  cache.on('stored', ({ hash, source }) => storedBy.set(hash, source));
  cache.on('evicted', ({ hash }) => storedBy.delete(hash));

  return {
    async read(resource, load) {
      const inMemory = cache.peek(resource.key) !== undefined;
      const counting = () => {
        counted[resource.kind].source++;
        return load();
      };
      const value = await cache.get(resource.key, loaderOf(resource, counting), resource.options);
      const fromRedis = !inMemory && storedBy.get(hashKey(resource.key)) === 'redis';
      const origin = inMemory ? 'memory' : fromRedis ? 'redis' : 'source';
      // The source counts itself, since a load may also run behind an answer, or answer many at once.
      if (origin !== 'source') counted[resource.kind][origin]++;
      return { value, origin };
    },
    stats: () => counted,
  };
}
