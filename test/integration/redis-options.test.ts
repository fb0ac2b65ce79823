import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedis, createServerCache } from '../../src/node/index.js';
import type { IoredisLike } from '../../src/node/redis-ioredis.js';
import type { NodeRedisLike } from '../../src/node/redis-node-redis.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { EVERYTHING, invalidation, listenTo, put, recordOf, spaceOn } from '../support/redis-clients.js';
import { until } from '../support/until.js';

let server: RedisNode;
let admin: Redis;
beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.url);
});
afterAll(async () => {
  await admin.quit();
  await server.stop();
});

const url = () => server.url;
const viaIoredis: [string, () => Redis | Redis<'resp3'>][] = [
  ['RESP 2', () => new Redis(url(), { protocol: 2 })],
  ['RESP 3', () => new Redis(url(), { protocol: 3 })],
  ['replies as RESP 3 has them', () => new Redis(url(), { protocol: 3, replyMapping: 'resp3' })],
  ['enableAutoPipelining', () => new Redis(url(), { enableAutoPipelining: true })],
  ['lazyConnect', () => new Redis(url(), { lazyConnect: true })],
  ['stringNumbers', () => new Redis(url(), { stringNumbers: true })],
  ['no offline queue', () => new Redis(url(), { enableOfflineQueue: false })],
  ['no ready check', () => new Redis(url(), { enableReadyCheck: false })],
  ['no reconnecting', () => new Redis(url(), { retryStrategy: () => null })],
  ['no subscribing again', () => new Redis(url(), { autoResubscribe: false })],
  ['a time limit for commands', () => new Redis(url(), { commandTimeout: 2_000 })],
];
const buffers = { commandOptions: { typeMapping: { 36: Buffer } } };
const viaNodeRedis: [string, () => NodeRedisLike][] = [
  ['RESP 2', () => createClient({ url: url(), RESP: 2 })],
  ['RESP 3', () => createClient({ url: url(), RESP: 3 })],
  ['replies as Buffers', () => createClient({ url: url(), ...buffers })],
  ['no offline queue', () => createClient({ url: url(), disableOfflineQueue: true })],
  ['no reconnecting', () => createClient({ url: url(), socket: { reconnectStrategy: false } })],
  ['giving up', () => createClient({ url: url(), socket: { reconnectStrategy: () => new Error('given up') } })],
  ['a ping now and then', () => createClient({ url: url(), pingInterval: 50 })],
];

describe.each([
  ...viaIoredis.map(([name, make]) => ({ library: 'ioredis', name, connect: () => connected(make()) })),
  ...viaNodeRedis.map(([name, make]) => ({ library: 'node-redis', name, connect: () => connected(make()) })),
])('a client of $library with $name', ({ connect }) => {
  it('serves as any other, and tells that its subscription broke', async () => {
    const { client, end } = await connect();
    const space = spaceOn(client, 'o');
    const { store, bus } = space.process();
    const ears = listenTo(bus);
    await until(() => put(store, 'key', recordOf(1, ['t:a'])).then(Boolean, () => false)); // it may just connect
    await ears.begins();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => ears.gaps() >= 2);
    expect(await store.lookup('key', ['*', 't:a'])).toMatchObject({ hit: { value: 1 } });
    const other = createRedis({ redis: server.url, namespace: space.namespace });
    await other.store.invalidate(invalidation({ tags: ['t:a'] }));
    await until(() => ears.invalidations().length === 1);
    expect(await put(store, 'key', recordOf(2, ['t:a']), ['*', 't:a'])).toBe('committed');
    await store.invalidate(invalidation({ hashes: ['key'], soft: true }));
    expect(await store.lookup('key', ['*', 't:a'])).toMatchObject({ hit: { value: 2 }, stale: true });
    await until(() => bus.confirm?.(1_000) ?? false);
    await Promise.all([other.store.close(), other.bus.close(), space.close()]);
    end();
  });
});

async function connected(client: IoredisLike | NodeRedisLike) {
  client.on('error', () => {});
  if ('sendCommand' in client && 'destroy' in client) {
    await client.connect();
    return { client, end: () => client.destroy() };
  }
  return { client, end: () => 'disconnect' in client && client.disconnect() };
}

describe('a transaction of the application on the same connection', () => {
  it('queues what is said: an invalidation has not been taken', async () => {
    const client = new Redis(server.url);
    const space = spaceOn(client, 'multi');
    const store = space.store();
    await put(store, 'key', recordOf(1, ['t:a']));
    await client.multi({ pipeline: false });
    await expect(store.invalidate(invalidation({ hashes: ['key'] }))).rejects.toThrow('QUEUED');
    await expect(store.invalidate(invalidation({ tags: ['t:a'] }))).rejects.toThrow('QUEUED');
    await expect(store.lookup('other', EVERYTHING)).rejects.toThrow('QUEUED');
    await client.discard();
    expect(await store.lookup('key', EVERYTHING)).toHaveProperty('hit');
    await space.close();
    await client.quit();
  });
});

describe('a user of Redis who may not', () => {
  afterEach(() => admin.call('ACL', 'DELUSER', 'somebody'));

  it.each([
    ['run scripts', ['&*', '-@scripting'], 'NOPERM'],
    ['touch these keys', ['&*', 'resetkeys', '~else*'], 'NOPERM'],
    ['publish', ['resetchannels'], 'publish'],
    ['subscribe', ['&*', '-subscribe'], 'suspect'], // it asks the store for what it may not hear
    ['log in', ['&*', 'resetpass', '>another'], 'WRONGPASS'],
  ])('%s is told so, and readers are served', async (_, rules, problem) => {
    await admin.call('ACL', 'SETUSER', 'somebody', 'on', '>secret', '~*', '+@all', ...rules);
    const cache = createServerCache({ redis: `redis://somebody:secret@127.0.0.1:${server.port}`, namespace: 'acl' });
    const said: string[] = [];
    cache.on('degraded', ({ error }) => said.push(error.message));
    cache.on('suspect', () => said.push('suspect'));
    expect(await cache.get('key', async () => 1)).toBe(1);
    await until(async () => {
      await cache.invalidate({ key: 'key' });
      return said.join().includes(problem);
    });
    expect(said.join()).not.toContain('secret');
    expect(await cache.get('key', async () => 2)).toBe(2);
    await cache.close();
  });
});
