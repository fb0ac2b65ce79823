import { Redis } from 'ioredis';

/** The seed without JSON: what the client alone takes. */
export default {
  name: 'ioredis, text only',
  packages: ['ioredis'],
  readsOnly: true,
  open(url, load, namespace) {
    const redis = new Redis(url);
    return {
      async get(key) {
        const text = await redis.get(`${namespace}:${key}`);
        if (text !== null) return text;
        const loaded = JSON.stringify(await load(key));
        await redis.setex(`${namespace}:${key}`, 300, loaded);
        return loaded;
      },
      invalidate: (key) => redis.del(`${namespace}:${key}`),
      close: () => redis.disconnect(),
    };
  },
};
