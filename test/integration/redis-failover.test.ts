import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HoldingStore, Lookup } from '../../src/index.js';
import { createRedis, type RedisClient } from '../../src/node/index.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { clients, EVERYTHING, invalidation, put, recordOf } from '../support/redis-clients.js';
import { type Proxy as Network, startProxy } from '../support/redis-proxy.js';
import { until } from '../support/until.js';

let master: RedisNode;
let replica: RedisNode;
let network: Network;
let toMaster: Redis;
let toReplica: Redis;
beforeEach(async () => {
  master = await startRedis(['--repl-diskless-sync-delay', '0']);
  replica = await startRedis(['--repl-diskless-sync-delay', '0']);
  network = await startProxy(master.port);
  toMaster = new Redis(master.url);
  toReplica = new Redis(replica.url);
  await follow(toReplica, master);
});
afterEach(async () => {
  await Promise.all([toMaster.quit(), toReplica.quit(), network.stop()]);
  await Promise.all([master.stop(), replica.stop()]);
});

const follow = async (client: Redis, { port }: RedisNode) => {
  await client.replicaof('127.0.0.1', port);
  await until(async () => (await client.info('replication')).includes('master_link_status:up'));
};
const has = (client: Redis, part: string) =>
  until(async () => (await client.get('cache-aside:{:key}'))?.includes(part) ?? false);

/** What is answered once it is clear from where. */
const answerOf = async (store: HoldingStore): Promise<Lookup> => {
  let found: Lookup | undefined;
  await until(async () => {
    found = await store.lookup('key', EVERYTHING).catch(() => undefined);
    return found !== undefined;
  });
  return found as Lookup;
};

/** A client that has just lost its connection refuses. */
const taken = (change: () => Promise<void>) =>
  until(() =>
    change().then(
      () => true,
      () => false,
    ),
  );

it('a replica is not read: it answers what is old for as long as it hears nothing of its master', async () => {
  const writer = createRedis({ redis: master.url });
  await put(writer.store, 'key', recordOf('old'));
  await has(toReplica, 'old');
  const reader = createRedis({ redis: replica.url });
  await expect(reader.store.lookup('key', EVERYTHING)).rejects.toThrow('replica');
  await Promise.all([writer, reader].flatMap(({ store, bus }) => [store.close(), bus.close()]));
});

it('nor is a master that has become one, though no connection broke', async () => {
  const reader = createRedis({ redis: master.url });
  await put(reader.store, 'key', recordOf('old'));
  await has(toReplica, 'old');
  await toReplica.replicaof('NO', 'ONE');
  await toMaster.replicaof('127.0.0.1', replica.port);
  await until(() =>
    reader.store.lookup('key', EVERYTHING).then(
      () => false,
      (error) => String(error).includes('replica'),
    ),
  );
  await Promise.all([reader.store.close(), reader.bus.close()]);
}, 15_000);

describe.each(['ioredis', 'node-redis', 'a URL'] as const)('the commands of %s reach another server', (kind) => {
  let redis: RedisClient | string;
  let close: (() => Promise<void>) | undefined;
  beforeEach(async () => {
    const made = kind === 'a URL' ? undefined : await clients[kind]([network.url]);
    if (made && 'on' in made.client) made.client.on('error', () => {});
    redis = made?.client ?? network.url;
    close = made?.close;
  });
  afterEach(() => close?.());

  it('while its subscription goes on at the old one: what that one had not passed on is not true again', async () => {
    const { store, bus } = createRedis({ redis });
    const other = createRedis({ redis: master.url });
    let gaps = 0;
    bus.subscribe({ invalidated() {}, gap: () => void gaps++ });
    await put(store, 'key', recordOf('old'));
    await until(() => gaps > 0);
    await has(toReplica, 'old');
    await toReplica.replicaof('NO', 'ONE');
    await other.store.invalidate(invalidation({ hashes: ['key'] }));
    expect(await toReplica.get('cache-aside:{:key}')).toContain('old'); // with the stamps of then
    network.moveCommands(replica.port);
    expect(await answerOf(store)).toHaveProperty('miss');
    await Promise.all([store, bus, other.store, other.bus].map((part) => part.close()));
  });

  it('and later the first one again, which has served before and yet lags behind', async () => {
    const { store, bus } = createRedis({ redis });
    await put(store, 'key', recordOf('first'));
    await has(toReplica, 'first');
    await toReplica.replicaof('NO', 'ONE');
    network.moveCommands(replica.port);
    const found = await answerOf(store);
    await follow(toMaster, replica);
    if (!('miss' in found)) throw new Error('the new server was trusted');
    await store.commit('key', recordOf('old'), found.miss);
    await has(toMaster, 'old');
    await toMaster.replicaof('NO', 'ONE');
    await store.invalidate(invalidation({ hashes: ['key'] }));
    network.moveCommands(master.port);
    expect(await answerOf(store)).toHaveProperty('miss');
    await Promise.all([store.close(), bus.close()]);
  });

  it('and later the first one again, which has never heard of the other', async () => {
    const { store, bus } = createRedis({ redis });
    await put(store, 'key', recordOf('old'));
    await has(toReplica, 'old');
    await toReplica.replicaof('NO', 'ONE');
    for (let stint = 0; stint < 2; stint++) {
      network.moveCommands(replica.port);
      await taken(() => store.invalidate(invalidation({ hashes: ['key'] })));
      network.moveCommands(master.port);
      const found = await answerOf(store);
      if (!('miss' in found)) throw new Error('a server that was away was trusted');
      await store.commit('key', recordOf('old'), found.miss);
    }
    expect(await answerOf(store)).toHaveProperty('hit'); // and is trusted while it stays
    await Promise.all([store.close(), bus.close()]);
  });
});
