import { createCache } from '../../../dist/index.js';

/** As its users have it: a ttl with jitter, a bound of bytes, single flight, invalidation that holds. */
const open = (capacity) => createCache({ ttl: '5m', maxEntries: capacity, maxBytes: 2 ** 40 });

export default {
  name: 'cache-aside',
  packages: [],
  open(load, capacity) {
    const cache = open(capacity);
    const loader = ({ key }) => load(key);
    return { get: (key) => cache.get(key, loader), peek: (key) => cache.peek(key) };
  },
  openTagged(load, capacity) {
    const cache = open(capacity);
    const loader = ({ key }) => load(key);
    return {
      how: 'mark',
      get: (key, tag) => cache.get(key, loader, { tags: [tag] }),
      invalidate: (tag) => cache.invalidate({ tags: [tag] }),
    };
  },
  openArrayKeys(load, capacity) {
    const cache = open(capacity);
    const loader = ({ key }) => load(key[1]);
    return { get: (id) => cache.get(['user', id], loader) };
  },
};
