import { randomBytes } from 'node:crypto';
import { codec } from '../codec/codec.js';
import type { Bus } from '../contracts/bus.js';
import type { Serializer } from '../contracts/serializer.js';
import type { HoldingStore } from '../contracts/store.js';
import { OptionError } from '../errors.js';
import { createRedisBus } from './redis-bus.js';
import { linkOf, type RedisClient } from './redis-client.js';
import { createChannel } from './redis-messages.js';
import { createRedisStore } from './redis-store.js';

export interface RedisOptions {
  /** A URL, or a client of ioredis or node-redis (single or cluster) that the application made and will close. */
  redis: string | RedisClient;
  /** What all keys of this cache begin with. @default 'cache-aside' */
  namespace?: string;
  /** How values become text. @default JSON where it is exact, else devalue's format */
  serializer?: Serializer;
  /** How long a process that fell silent keeps others from loading, ms. @default 3_000 */
  lockTime?: number;
  /** How long a load may take and still be stored, ms. @default 60_000 */
  fenceTime?: number;
  /** Wall-clock time in ms. @default Date.now */
  now?: () => number;
}

/** A store and a bus over one Redis: for {@link createCache}, where createServerCache is not enough. */
export function createRedis(options: RedisOptions): { store: HoldingStore; bus: Bus } {
  const {
    namespace = 'cache-aside',
    serializer = codec,
    lockTime = 3_000,
    fenceTime = 60_000,
    now = Date.now,
  } = options;
  if (namespace.length === 0 || /[{}\s]/.test(namespace)) {
    throw new OptionError('namespace', namespace, 'a non-empty string without braces or blanks');
  }
  const link = linkOf(options.redis);
  const channel = createChannel(link, namespace, randomBytes(9).toString('base64url'));
  return {
    store: createRedisStore({ link, channel, namespace, serializer, lockTime, fenceTime, now }),
    bus: createRedisBus(channel),
  };
}
