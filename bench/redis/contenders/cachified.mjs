import { cachified } from '@epic-web/cachified';
import { Redis } from 'ioredis';

const TTL = 300_000;

export default {
  name: 'cachified + ioredis',
  packages: ['@epic-web/cachified', 'ioredis'],
  open(url, load, namespace) {
    const redis = new Redis(url);
    const cache = {
      name: 'redis',
      async get(key) {
        const text = await redis.get(key);
        return text === null ? undefined : JSON.parse(text);
      },
      set: (key, entry) => redis.set(key, JSON.stringify(entry), 'PX', TTL),
      delete: (key) => redis.del(key),
    };
    return {
      get: (key) => cachified({ key: `${namespace}:${key}`, cache, ttl: TTL, getFreshValue: () => load(key) }),
      invalidate: (key) => redis.del(`${namespace}:${key}`),
      close: () => redis.disconnect(),
    };
  },
};
