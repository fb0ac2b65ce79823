import { LRUCache } from 'lru-cache';

/** Without a ttl: the least that an LRU costs. @param {object} [options] */
export function lruCache(name, options) {
  const open = (load, capacity) => new LRUCache({ max: capacity, fetchMethod: (key) => load(key), ...options });
  return {
    name,
    packages: ['lru-cache'],
    open(load, capacity) {
      const cache = open(load, capacity);
      return { get: (key) => cache.fetch(key), peek: (key) => cache.get(key) };
    },
    openTagged(load, capacity) {
      const cache = open(load, capacity);
      return {
        how: 'scan',
        get: (key) => cache.fetch(key),
        invalidate(tag) {
          for (const key of cache.keys()) if (key.startsWith(tag)) cache.delete(key);
        },
      };
    },
  };
}

export default lruCache('lru-cache fetch');
