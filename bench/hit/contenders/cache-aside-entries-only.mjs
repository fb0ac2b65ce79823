import { createCache } from '../../../dist/index.js';

/** Bounded by entries alone, as the peers are: shows what weighing each value costs. */
export default {
  name: 'cache-aside, maxBytes: Infinity',
  packages: [],
  readsOnly: true,
  open(load, capacity) {
    const cache = createCache({ ttl: '5m', maxEntries: capacity, maxBytes: Number.POSITIVE_INFINITY });
    const loader = ({ key }) => load(key);
    return { get: (key) => cache.get(key, loader), peek: (key) => cache.peek(key) };
  },
};
