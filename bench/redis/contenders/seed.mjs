import { Redis } from 'ioredis';

/** The control: the textbook's cache-aside, get and setex around JSON. */
export default {
  name: 'seed: ioredis get/setex + JSON',
  packages: ['ioredis'],
  open(url, load, namespace) {
    const redis = new Redis(url);
    return {
      async get(key) {
        const text = await redis.get(`${namespace}:${key}`);
        if (text !== null) return JSON.parse(text);
        const value = await load(key);
        await redis.setex(`${namespace}:${key}`, 300, JSON.stringify(value));
        return value;
      },
      invalidate: (key) => redis.del(`${namespace}:${key}`),
      close: () => redis.disconnect(),
    };
  },
};
