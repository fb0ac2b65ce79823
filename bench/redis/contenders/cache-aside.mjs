import { Redis } from 'ioredis';
import { createServerCache } from '../../../dist/node.js';

/** @param {string} name @param {{ memory?: boolean, tags?: string[], connect?: (url: string) => any, packages?: string[] }} [options] */
export function cacheAside(name, { memory = false, tags, connect = ioredis, packages = ['ioredis'] } = {}) {
  return {
    name,
    packages,
    hasMemory: memory,
    async open(url, load, namespace) {
      const { client, disconnect } = await connect(url);
      const cache = createServerCache({ redis: client, namespace, ttl: '5m', ...(memory ? {} : { maxEntries: 0 }) });
      const loader = ({ key }) => load(key);
      const options = tags && { tags };
      return {
        get: (key) => cache.get(key, loader, options),
        invalidate: (key) => cache.invalidate({ key }),
        close: async () => {
          await cache.close();
          disconnect();
        },
      };
    },
  };
}

function ioredis(url) {
  const client = new Redis(url);
  return { client, disconnect: () => client.disconnect() };
}

export default cacheAside('cache-aside L2 (ioredis)');
