export { codec, escapeForScript } from '../codec/codec.js';
export { createRedis, type RedisOptions } from './create-redis.js';
export { createServerCache, type ServerCacheOptions } from './create-server-cache.js';
export type { IoredisLike, NodeRedisClusterLike, NodeRedisLike, RedisClient } from './redis-client.js';
