import { lruCache } from './lru-cache.mjs';

export default lruCache('lru-cache fetch + ttl', { ttl: 300_000 });
