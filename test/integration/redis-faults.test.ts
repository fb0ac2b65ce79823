import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cache } from '../../src/index.js';
import { createServerCache } from '../../src/node/index.js';
import { linkOf } from '../../src/node/redis-client.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { clients } from '../support/redis-clients.js';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../support/redis-faults.js';
import { until } from '../support/until.js';

let redis: RedisNode;
let proxy: FaultyProxy;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const faults: [string, Fault][] = [
  ['is loading its snapshot', { refuses: 'LOADING Redis is loading the dataset in memory' }],
  ['has lost a part of its cluster', { refuses: 'CLUSTERDOWN The cluster is down' }],
  ['has given the slot away', { refuses: 'MOVED 1 127.0.0.1:1' }],
  ['is between two owners of a slot', { refuses: 'TRYAGAIN Multiple keys request during rehashing of slot' }],
  ['is full', { refuses: "OOM command not allowed when used memory > 'maxmemory'." }],
  ['cannot save its snapshot', { refuses: 'MISCONF Redis is configured to save RDB snapshots' }],
  ['knows no script, whatever it is sent', { refuses: 'NOSCRIPT No matching script.' }],
  ['wants a password again', { refuses: 'NOAUTH Authentication required.' }],
  ['knows no such command', { refuses: "ERR unknown command 'EVALSHA'" }],
  ['is a web server', { says: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n' }],
  ['says rubbish', { says: '\x00\xff\x13rubbish\r\n' }],
  ['says OK to everything', { says: '+OK\r\n' }],
  ['says nil to everything', { says: '$-1\r\n' }],
  ['answers an empty list', { says: '*0\r\n' }],
  ['breaks off in the middle of an answer', 'cuts'],
  ['is silent', 'is silent'],
];

let spaces = 0;
describe.each(['ioredis', 'node-redis', 'a URL', 'a URL by ioredis'] as const)('over %s, a Redis that', (kind) => {
  beforeAll(() => {
    if (kind === 'a URL by ioredis') vi.doMock('redis', () => Promise.reject(new Error('Cannot find package')));
  });
  afterAll(() => {
    vi.doUnmock('redis');
  });

  it.each(faults)('%s: readers are served, nothing is said to be done that is not, and it heals', async (_, fault) => {
    proxy = await startFaultyProxy(redis.port);
    open.push(() => proxy.stop());
    const made = kind === 'a URL' || kind === 'a URL by ioredis' ? undefined : await clients[kind]([proxy.url]);
    if (made !== undefined && 'on' in made.client) made.client.on('error', () => {});
    const cacheOf = (options: Parameters<typeof createServerCache>[0]): Cache => {
      const cache = createServerCache({
        namespace: `f${spaces}`,
        redisTimeout: 300,
        coolDown: 0,
        blindTime: 1_000,
        ...options,
      });
      open.unshift(() => cache.close());
      return cache;
    };
    spaces++;
    const here = cacheOf({ redis: made?.client ?? proxy.url });
    const there = cacheOf({ redis: redis.url, redisTimeout: '10s' });
    let row = 1;
    const read = (cache: Cache, key: string) => cache.get(key, () => row);
    const keys = ['a', 'b', 'c'];
    await until(async () => (await here.invalidate({ key: 'x' }, { confirm: true })).confirmed === true);
    for (const key of keys) for (const cache of [here, there]) expect(await read(cache, key)).toBe(1);

    proxy.suffer(fault);
    for (const key of keys) {
      row++;
      const [{ durable }] = await Promise.all([here.invalidate({ key }), read(here, `${key} new`)]);
      expect(await read(here, key)).toBe(row);
      // Another process whose memory has not heard of it asks Redis.
      const other = cacheOf({ redis: redis.url, redisTimeout: '10s' });
      if (durable) expect(await read(other, key)).toBe(row);
    }

    proxy.suffer();
    if (made !== undefined) proxy.reset(); // whoever made the client watches over its connections
    row++;
    await until(async () => (await here.invalidate({ keys })).durable);
    for (const key of keys) {
      expect(await read(here, key)).toBe(row);
      expect(await read(cacheOf({ redis: redis.url, redisTimeout: '10s' }), key)).toBe(row);
    }
    await until(async () => (await there.invalidate({ key: 'x' }, { confirm: true })).confirmed === true);
    for (const key of keys) expect(await read(there, key)).toBe(row);
    row++;
    await there.invalidate({ keys }, { confirm: true });
    for (const key of keys) expect(await read(here, key)).toBe(row);
    if (made) open.unshift(() => made.close());
  });
});

it('an answer that node-redis cannot read makes it mix up the next ones; ours come by another connection then', async () => {
  proxy = await startFaultyProxy(redis.port);
  open.push(() => proxy.stop());
  const connect = async () => {
    const client = createClient({ url: proxy.url });
    client.on('error', () => {});
    open.unshift(async () => client.destroy());
    return client.connect();
  };
  /** What is asked for Alice, and answered with rubbish. */
  const broken = async <T>(client: Awaited<ReturnType<typeof connect>>, ask: (key: string) => Promise<T>) => {
    const heard = new Promise((resolve) => client.once('error', resolve));
    proxy.suffer({ says: '\x00\xff\x13rubbish\r\n' });
    const asked = ask('of Alice').catch(String);
    await heard;
    proxy.suffer();
    return { asked };
  };

  const alone = await connect();
  await alone.mSet({ 'of Alice': 'the data of Alice', 'of Bob': 'the data of Bob' });
  const mixedUp = await broken(alone, (key) => alone.get(key));
  alone.get('of Bob').catch(() => {});
  expect(await mixedUp.asked).toBe('the data of Bob');

  const client = await connect();
  const link = linkOf(client);
  const get = (key: string) => link.command(key, ['GET', key]);
  const { asked } = await broken(client, get);
  await until(() =>
    get('of Bob').then(
      (answer) => answer === 'the data of Bob',
      () => false,
    ),
  );
  expect(await asked).toContain('Error');
  expect(await get('of Alice')).toBe('the data of Alice');
});
