import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cache } from '../../src/index.js';
import { createServerCache } from '../../src/node/index.js';
import { startCluster } from '../support/redis.js';
import { until } from '../support/until.js';

let cluster: Awaited<ReturnType<typeof startCluster>>;
beforeAll(async () => {
  cluster = await startCluster(3);
}, 60_000);
afterAll(() => cluster.stop());

const clients = {
  ioredis: async () => {
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })));
    return { client, close: () => client.quit() };
  },
  'node-redis': async () => {
    const client = await createCluster({ rootNodes: cluster.nodes.map(({ url }) => ({ url })) }).connect();
    return { client, close: async () => client.destroy() };
  },
};

it.each(['ioredis', 'node-redis'] as const)(
  '%s: a tag reaches entries in all slots, in both processes',
  async (library) => {
    const { client, close } = await clients[library]();
    const [a, b] = [1, 2].map(() =>
      createServerCache({ redis: client as never, namespace: library, redisTimeout: '10s' }),
    ) as [Cache, Cache];
    const degraded: unknown[] = [];
    for (const cache of [a, b]) cache.on('degraded', ({ error }) => degraded.push(error));
    let n = 0;
    const read = (cache: Cache, id: number) => cache.get(['item', id], () => ++n, { tags: ['items'] });
    const ids = Array.from({ length: 60 }, (_, i) => i);
    const first = await Promise.all(ids.map((id) => read(a, id)));
    expect(degraded).toEqual([]);
    await until(async () => (await Promise.all(ids.map((id) => read(b, id)))).join() === first.join());
    expect(n).toBe(60);
    await a.invalidate({ tags: ['items'] });
    await until(() => ids.every((id) => b.peek(['item', id]) === undefined));
    const second = await Promise.all(ids.map((id) => read(b, id)));
    expect(Math.min(...second)).toBeGreaterThan(60);
    await Promise.all([a.close(), b.close()]);
    await close();
  },
);
