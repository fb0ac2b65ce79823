import { cacheAside } from './cache-aside.mjs';

/** Two tags on each entry: their stamps are read with it. */
export default cacheAside('cache-aside L2 (ioredis), 2 tags', { tags: ['users', 'team:7'] });
