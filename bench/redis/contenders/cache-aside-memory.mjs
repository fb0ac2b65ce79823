import { cacheAside } from './cache-aside.mjs';

/** As it is by default: memory above Redis, and the bus. */
export default cacheAside('cache-aside L1 + L2 + bus', { memory: true });
