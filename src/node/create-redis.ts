import { codec } from '../codec/codec.js';
import type { Bus } from '../contracts/bus.js';
import type { Serializer } from '../contracts/serializer.js';
import type { ExplainingStore, HoldingStore } from '../contracts/store.js';
import { OptionError } from '../errors.js';
import { createRedisBus } from './redis-bus.js';
import { linkOf, type RedisClient } from './redis-client.js';
import { createRedisKeys } from './redis-keys.js';
import { createChannel } from './redis-messages.js';
import { randomName } from './redis-snapshots.js';
import { createRedisStore } from './redis-store.js';

export interface RedisOptions {
  /**
   * A URL of a single server (`redis://`, or `rediss://` for TLS), or a client of ioredis or node-redis (single or
   * cluster) that the application made and will close: that one may use a socket file or a certificate of its own.
   */
  redis: string | RedisClient;
  /** What all keys of this cache begin with. @default 'cache-aside' */
  namespace?: string | undefined;
  /** How values become text. @default JSON where it is exact, else devalue's format */
  serializer?: Serializer | undefined;
  /** How long a process that fell silent keeps others from loading, ms. @default 3_000 */
  lockTime?: number | undefined;
  /** How long a load may take and still be stored, ms. @default 60_000 */
  fenceTime?: number | undefined;
  /**
   * How long memory may answer without having heard from other processes, ms. A silent connection is noticed within
   * it, and replaced; that of a given client for commands is its own to replace (`socketTimeout` of ioredis). While
   * messages are known to be cut off, memory asks Redis a twentieth of it after the last time, or the source half of it
   * after the last time if Redis does not answer either. Shorter is truer; longer spares Redis and the source.
   * @default 10_000
   */
  blindTime?: number | undefined;
  /** Wall-clock time in ms: the same as the cache's. @default Date.now */
  now?: (() => number) | undefined;
}

/**
 * A store and a bus over one Redis (6 or later), for `createCache`, where `createServerCache` is not enough. Both share
 * one connection for messages beside the client's own; close both.
 *
 * @throws {OptionError} for a client or an option that cannot work
 */
export function createRedis(options: RedisOptions): { store: HoldingStore & ExplainingStore; bus: Bus } {
  const { namespace, serializer, lockTime, fenceTime, blindTime } = redisSettings(options);
  const { now = Date.now } = options;
  const link = linkOf(options.redis, blindTime);
  const channel = createChannel(link, createRedisKeys(namespace).channel, randomName());
  return {
    store: createRedisStore({ link, channel, namespace, serializer, lockTime, fenceTime, now }),
    bus: createRedisBus(channel, blindTime),
  };
}

/**
 * What is not given has its default.
 *
 * @throws {OptionError} for one that cannot work
 */
export function redisSettings(options: Omit<RedisOptions, 'redis' | 'now'>) {
  const { namespace = 'cache-aside', serializer = codec } = options;
  if (typeof namespace !== 'string' || !/^[^{}\s]+$/.test(namespace)) {
    throw new OptionError('namespace', namespace, 'a non-empty string without braces or blanks');
  }
  for (const method of ['serialize', 'deserialize'] as const) {
    if (typeof serializer?.[method] !== 'function') {
      throw new OptionError('serializer', serializer, 'an object with serialize and deserialize');
    }
  }
  const lockTime = duration('lockTime', options.lockTime ?? 3_000, 10);
  const fenceTime = duration('fenceTime', options.fenceTime ?? 60_000, lockTime);
  const blindTime = duration('blindTime', options.blindTime ?? 10_000, 100);
  return { namespace, serializer, lockTime, fenceTime, blindTime };
}

/** Ms. Timers and the numbers of Redis's scripts reach little further than some weeks. */
const LONGEST = 24 * 3_600_000;

function duration(option: string, ms: number, least: number): number {
  if (Number.isSafeInteger(ms) && ms >= least && ms <= LONGEST) return ms;
  throw new OptionError(option, ms, `a whole number of ms from ${least} to ${LONGEST}`);
}
