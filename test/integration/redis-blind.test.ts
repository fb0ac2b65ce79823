import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerCache } from '../../src/node/index.js';
import { startRedis } from '../support/redis.js';
import { clients, invalidation, listenTo, pause, spaceOn } from '../support/redis-clients.js';
import { startCluster } from '../support/redis-cluster.js';
import { startProxy } from '../support/redis-proxy.js';
import { until } from '../support/until.js';

const DAY = 24 * 3_600_000;

describe.each(['ioredis', 'node-redis'] as const)('over %s', (kind) => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    await admin.quit();
    await server.stop();
  });

  /** Breaks all subscriptions, and refuses new ones until `restore`. */
  const cutBus = async () => {
    await admin.call('ACL', 'SETUSER', 'default', '-subscribe');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    return () => admin.call('ACL', 'SETUSER', 'default', '+subscribe');
  };

  it('while messages are cut off, memory is suspect as often as was asked for', async () => {
    const connected = await clients[kind]([server.url]);
    const space = spaceOn(connected.client, 'blind');
    const [cautious, easygoing] = [100, DAY].map((blindTime) => listenTo(space.process({ blindTime }).bus));
    await Promise.all([cautious?.begins(), easygoing?.begins()]);
    const restore = await cutBus();
    await until(() => (cautious?.gaps() ?? 0) >= 20);
    expect(easygoing?.gaps()).toBe(1);
    await restore();
    await until(() => easygoing?.gaps() === 2); // it hears again
    await space.close();
    await connected.close();
  });

  it('memory answers what was invalidated meanwhile for ever, if nobody bounds its blindness', async () => {
    const connected = await clients[kind]([server.url]);
    const space = spaceOn(connected.client, 'blind');
    const open = (blindTime: number) =>
      createServerCache({ redis: connected.client, namespace: space.namespace, redisTimeout: '10s', blindTime });
    const [cautious, easygoing] = [open(100), open(DAY)];
    const { store, bus } = space.process();
    await listenTo(bus).begins();
    const restore = await cutBus();
    await pause(50);
    await cautious.get('k', () => 'OLD');
    await until(async () => (await easygoing.get('k', () => 'not loaded')) === 'OLD');
    await store.invalidate(invalidation({ hashes: ['k'] }));
    await until(async () => (await cautious.get('k', () => 'NEW')) === 'NEW');
    expect(easygoing.peek('k')).toBe('OLD');
    await restore();
    await until(async () => (await easygoing.get('k', () => 'not loaded')) === 'NEW');
    await Promise.all([cautious.close(), easygoing.close(), space.close()]);
    await connected.close();
  });

  it('a connection that falls silent without breaking is noticed, and replaced', async () => {
    const proxy = await startProxy(server.port);
    const connected = await clients[kind]([proxy.url]);
    const space = spaceOn(connected.client, 'silent');
    const { bus } = space.process({ blindTime: 300 });
    const ears = listenTo(bus);
    await ears.begins();
    await pause(400);
    expect(ears.gaps()).toBe(0);
    proxy.muteSubscribers();
    await until(() => ears.gaps() > 0);
    const said = { v: 1, from: 'x', n: 1, invalidation: invalidation({ hashes: ['k'] }), hold: 0 };
    await until(async () => {
      await admin.publish(space.keys.channel, JSON.stringify(said));
      return ears.invalidations().length > 0;
    });
    await space.close();
    await connected.close();
    await proxy.stop();
  });
});

describe.each(['an ioredis cluster', 'a node-redis cluster'] as const)('over %s', (kind) => {
  let cluster: Awaited<ReturnType<typeof startCluster>>;
  beforeAll(async () => {
    cluster = await startCluster(3);
  }, 60_000);
  afterAll(() => cluster.stop());

  it('the connection to the node that it listens to breaks: a gap at once, another once it hears again', async () => {
    const connected = await clients[kind](cluster.nodes.map(({ url }) => url));
    const space = spaceOn(connected.client, 'b');
    const { bus } = space.process({ blindTime: DAY });
    const other = space.process();
    const ears = listenTo(bus);
    await ears.begins();
    for (let round = 0; round < 5; round++) {
      for (const { url } of cluster.nodes) {
        const admin = new Redis(url);
        await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
        await admin.quit();
      }
      await until(() => ears.gaps() >= 2);
      ears.heard.length = 0;
    }
    await other.store.invalidate(invalidation({ hashes: ['k'] }));
    await until(() => ears.invalidations().length === 1);
    await space.close();
    await connected.close();
  });
});
