import { Redis } from 'ioredis';

/** The seed with the reads of one tick gathered into one MGET: what there is to gain. */
export default {
  name: 'ioredis, one MGET per tick + JSON',
  packages: ['ioredis'],
  readsOnly: true,
  open(url, load, namespace) {
    const redis = new Redis(url);
    let asked = [];
    const flush = async () => {
      const batch = asked;
      asked = [];
      try {
        const texts = await redis.mget(batch.map(({ key }) => key));
        for (const [i, { resolve }] of batch.entries()) resolve(texts[i]);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    };
    const read = (key) =>
      new Promise((resolve, reject) => {
        asked.push({ key, resolve, reject });
        if (asked.length === 1) queueMicrotask(() => void flush());
      });
    return {
      async get(key) {
        const text = await read(`${namespace}:${key}`);
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
