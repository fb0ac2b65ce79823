export { codec, escapeForScript } from '../codec/codec.js';
export { createRedis, type RedisOptions } from './create-redis.js';
export { createRequestCache, type RequestCache, type RequestCacheOptions } from './create-request-cache.js';
export { createServerCache, type ServerCacheOptions } from './create-server-cache.js';
export type { RedisClient } from './redis-client.js';
export type { IoredisLike } from './redis-ioredis.js';
export type { NodeRedisClusterLike, NodeRedisLike } from './redis-node-redis.js';
export { createStateStream, insertState, type StateSource } from './state-stream.js';
