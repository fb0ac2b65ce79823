import { cachified } from '@epic-web/cachified';
import { LRUCache } from 'lru-cache';

const TTL = 300_000;

export default {
  name: 'cachified + lru-cache',
  packages: ['@epic-web/cachified', 'lru-cache'],
  largest: 100_000,
  open(load, capacity) {
    const cache = new LRUCache({ max: capacity });
    return { get: (key) => cachified({ key, cache, ttl: TTL, getFreshValue: () => load(key) }) };
  },
  openTagged(load, capacity) {
    const cache = new LRUCache({ max: capacity });
    return {
      how: 'scan',
      get: (key) => cachified({ key, cache, ttl: TTL, getFreshValue: () => load(key) }),
      invalidate(tag) {
        for (const key of cache.keys()) if (key.startsWith(tag)) cache.delete(key);
      },
    };
  },
};
