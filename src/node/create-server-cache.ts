import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { createRedis, type RedisOptions } from './create-redis.js';

export interface ServerCacheOptions
  extends Omit<CacheOptions, 'store' | 'bus'>,
    Omit<RedisOptions, 'redis' | 'now'> {
  /** A URL or a client. Without it the cache is memory alone. @default none */
  redis?: RedisOptions['redis'] | undefined;
}

/** A cache for servers: memory, and below it Redis, shared by all processes. */
export function createServerCache(options: ServerCacheOptions = {}): Cache {
  const { redis, namespace, serializer, lockTime, fenceTime, ...rest } = options;
  if (redis === undefined || redis === '') return createCache(rest);
  const given = Object.entries({ namespace, serializer, lockTime, fenceTime }).filter(([, value]) => value !== undefined);
  return createCache({ ...rest, ...createRedis({ redis, ...Object.fromEntries(given) }) });
}
