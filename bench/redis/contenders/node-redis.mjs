import { createClient } from 'redis';

/** The seed over node-redis, without the timer that it arms for each command by default. */
export default {
  name: 'node-redis (timeout off) + JSON',
  packages: ['redis'],
  readsOnly: true,
  async open(url, load, namespace) {
    const redis = createClient({ url, commandOptions: { timeout: 0 } });
    await redis.connect();
    return {
      async get(key) {
        const text = await redis.get(`${namespace}:${key}`);
        if (text !== null) return JSON.parse(text);
        const value = await load(key);
        await redis.setEx(`${namespace}:${key}`, 300, JSON.stringify(value));
        return value;
      },
      invalidate: (key) => redis.del(`${namespace}:${key}`),
      close: () => redis.destroy(),
    };
  },
};
