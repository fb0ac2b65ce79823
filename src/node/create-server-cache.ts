import type { Cache, CacheOptions } from '../cache/cache.js';
import { createCache } from '../cache/create-cache.js';
import { tierOf } from '../cache/tier-of.js';
import { type Duration, milliseconds } from '../freshness/duration.js';
import { createSystemClock } from '../freshness/system-clock.js';
import { createRedis, type RedisOptions, redisSettings } from './create-redis.js';

export interface ServerCacheOptions extends Omit<CacheOptions, 'tier' | 'bus'>, Omit<RedisOptions, 'redis' | 'now'> {
  /** A URL or a client. Without it, or with an empty one, the cache is memory alone. @default none */
  redis?: RedisOptions['redis'] | undefined;
  /** How long Redis may take to answer before reads go on without it. @default '1s' */
  redisTimeout?: Duration;
}

/**
 * A cache for servers: memory, and below it Redis, shared by all processes.
 *
 * @throws {OptionError} naming the option that cannot work and what to write instead
 */
export function createServerCache(options: ServerCacheOptions = {}): Cache {
  const { redis, redisTimeout = '1s', namespace, serializer, lockTime, fenceTime, blindTime, ...rest } = options;
  // Also where there is no Redis: what cannot work is to be found on the developer's machine.
  const settings = redisSettings({ namespace, serializer, lockTime, fenceTime, blindTime });
  const timeout = milliseconds('redisTimeout', redisTimeout);
  if (redis === undefined || redis === '') return createCache(rest);
  const clock = rest.clock ?? createSystemClock();
  const { store, bus } = createRedis({ redis, ...settings, now: clock.now });
  return createCache({ ...rest, clock, bus, tier: tierOf(store, { timeout }) });
}
