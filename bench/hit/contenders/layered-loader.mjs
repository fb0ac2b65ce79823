import { GroupLoader, Loader } from 'layered-loader/core';

const TTL = 300_000;

/** Groups instead of tags: an entry is in one, and its group is part of its address. */
export default {
  name: 'layered-loader',
  packages: ['layered-loader'],
  open(load, capacity) {
    const loader = new Loader({
      inMemoryCache: { ttlInMsecs: TTL, maxItems: capacity },
      dataSourceGetOneFn: (key) => load(key),
    });
    return { get: (key) => loader.get(key), peek: (key) => loader.getInMemoryOnly(key) };
  },
  openTagged(load, capacity) {
    const loader = new GroupLoader({
      inMemoryCache: { ttlInMsecs: TTL, maxGroups: capacity, maxItemsPerGroup: capacity },
      dataSources: [{ name: 'source', isCache: false, getFromGroup: (key) => load(key) }],
    });
    return {
      how: 'group',
      get: (key, tag) => loader.get(key, tag),
      invalidate: (tag) => loader.invalidateCacheForGroup(tag),
    };
  },
};
