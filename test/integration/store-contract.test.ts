import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createRedis } from '../../src/node/index.js';
import { storeContract } from '../../src/testing/store-contract.js';

const io = new Redis(inject('redisUrl'));
const nodeRedis = createClient({ url: inject('redisUrl') });
beforeAll(() => nodeRedis.connect());
afterAll(async () => {
  await io.quit();
  await nodeRedis.close();
});

let space = 0;
for (const [name, redis] of [
  ['ioredis', io],
  ['node-redis', nodeRedis],
] as const) {
  storeContract({ describe, it, expect }, `Redis over ${name}`, async () => {
    const namespace = `contract${++space}`;
    const [a, b] = [createRedis({ redis, namespace }), createRedis({ redis, namespace })];
    const cleanup = async () => {
      await Promise.all([a.bus.close(), b.bus.close()]);
    };
    return { stores: [a.store, b.store], cleanup };
  });
}
