import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { createRedis } from '../../src/node/create-redis.js';
import { busContract } from '../../src/testing/bus-contract.js';

const url = inject('redisUrl');
const admin = new Redis(url);
afterAll(() => admin.quit());

let space = 0;
busContract({ describe, it, expect }, 'Redis', async () => {
  const namespace = `bus-contract${++space}`;
  const clients = [new Redis(url), new Redis(url)] as const;
  const [a, b] = clients.map((redis) => createRedis({ redis, namespace }));
  if (a === undefined || b === undefined) throw new Error('There are two clients');
  return {
    buses: [a.bus, b.bus],
    publish: (invalidation) => a.store.invalidate(invalidation), // its scripts tell the others
    async breakSecond(meanwhile) {
      await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await meanwhile();
    },
    endSecond: () => b.store.close(), // which says goodbye
    async cleanup() {
      await Promise.all([a.store.close(), b.store.close()]);
      for (const client of clients) client.disconnect();
    },
  };
});
