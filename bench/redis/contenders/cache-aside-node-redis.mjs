import { createClient } from 'redis';
import { cacheAside } from './cache-aside.mjs';

/** As `createServerCache({ redis: url })` makes its client. */
export async function nodeRedis(url) {
  const client = createClient({ url, commandOptions: { timeout: 0 } });
  await client.connect();
  return { client, disconnect: () => client.destroy() };
}

export default cacheAside('cache-aside L2 (node-redis)', { connect: nodeRedis, packages: ['redis'] });
