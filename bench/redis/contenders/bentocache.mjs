import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';

export default {
  name: 'bentocache L2',
  packages: ['bentocache', 'ioredis'],
  open(url, load, namespace) {
    const connection = new Redis(url);
    const bento = new BentoCache({
      default: 'redis',
      ttl: '5m',
      stores: { redis: bentostore().useL2Layer(redisDriver({ connection, prefix: namespace })) },
    });
    return {
      get: (key) => bento.getOrSet({ key, factory: () => load(key) }),
      invalidate: (key) => bento.delete({ key }),
      close: () => connection.disconnect(),
    };
  },
};
