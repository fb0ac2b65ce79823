import { Redis } from 'ioredis';
import { Loader, RedisCache } from 'layered-loader';

export default {
  name: 'layered-loader L2',
  packages: ['layered-loader', 'ioredis'],
  open(url, load, namespace) {
    const redis = new Redis(url);
    const loader = new Loader({
      inMemoryCache: false,
      asyncCache: new RedisCache(redis, { json: true, ttlInMsecs: 300_000, prefix: namespace }),
      dataSourceGetOneFn: (key) => load(key),
    });
    return {
      get: (key) => loader.get(key),
      invalidate: (key) => loader.invalidateCacheFor(key),
      close: () => redis.disconnect(),
    };
  },
};
