import { OptionError } from '../errors.js';
import { type IoredisLike, linkOfIoredis } from './redis-ioredis.js';
import type { RedisLink } from './redis-link.js';
import { linkOfNodeRedis, type NodeRedisClusterLike, type NodeRedisLike } from './redis-node-redis.js';
import { linkOfUrl } from './redis-url.js';

/** A client the application made, of either library, single or cluster; or a URL, for which one is made. */
export type RedisClient = IoredisLike | NodeRedisLike | NodeRedisClusterLike;

/** Ms. */
const SILENCE = 10_000;

/**
 * @param silence ms that a connection made for a URL may say nothing; whoever gives a client watches over its own
 * @throws {OptionError} if it is neither a URL nor a client that can be used
 */
export function linkOf(redis: string | RedisClient, silence = SILENCE): RedisLink {
  if (typeof redis === 'string') return linkOfUrl(redis, silence);
  if (typeof redis === 'object' && redis !== null) {
    // Neither its changes of master nor a broken subscription can be told from outside.
    if ('getSentinelNode' in redis) {
      throw new OptionError('redis', 'a sentinel client of redis', 'an ioredis client with sentinels, or a URL');
    }
    if ('call' in redis) return linkOfIoredis(redis);
    if ('totalClients' in redis) {
      // Its connections may reach different servers, and it can neither subscribe nor be duplicated.
      throw new OptionError('redis', 'a pool of redis', 'one client: createClient()');
    }
    if ('sendCommand' in redis && !('destroy' in redis) && !('masters' in redis)) {
      throw new OptionError('redis', 'a client of redis 4', 'one of redis 5 or later');
    }
    if ('sendCommand' in redis) return linkOfNodeRedis(redis);
  }
  throw new OptionError('redis', redis, 'a URL such as redis://localhost:6379, or a client of ioredis or redis');
}
