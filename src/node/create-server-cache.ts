import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { tierOf } from '../cache/tier-of.js';
import type { Duration } from '../freshness/duration.js';
import { createRedis, type RedisOptions } from './create-redis.js';

export interface ServerCacheOptions extends Omit<CacheOptions, 'tier' | 'bus'>, Omit<RedisOptions, 'redis' | 'now'> {
  /** A URL or a client. Without it the cache is memory alone. @default none */
  redis?: RedisOptions['redis'] | undefined;
  /** How long Redis may take to answer before reads go on without it. @default '1s' */
  redisTimeout?: Duration;
}

/** A cache for servers: memory, and below it Redis, shared by all processes. */
export function createServerCache(options: ServerCacheOptions = {}): Cache {
  const { redis, redisTimeout = '1s', namespace, serializer, lockTime, fenceTime, ...rest } = options;
  if (redis === undefined || redis === '') return createCache(rest);
  const given = Object.entries({ namespace, serializer, lockTime, fenceTime }).filter(
    ([, value]) => value !== undefined,
  );
  const { store, bus } = createRedis({ redis, ...Object.fromEntries(given) });
  return createCache({ ...rest, bus, tier: tierOf(store, { timeout: redisTimeout }) });
}
