import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClientPool, createSentinel } from 'redis';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createRedis, createServerCache } from '../../src/node/index.js';
import { createRedisKeys } from '../../src/node/redis-keys.js';
import { freePorts, startRedis } from '../support/redis.js';
import { clients, EVERYTHING, invalidation, put, recordOf } from '../support/redis-clients.js';
import { until } from '../support/until.js';

/** The error that a task ends with, and whether it came before its caller would have given up. */
const failure = async (task: Promise<unknown>) => {
  const patience = new Promise((_, reject) => setTimeout(reject, 5_000, new Error('waited in a queue')));
  try {
    return await Promise.race([task, patience]);
  } catch (error) {
    return String(error);
  }
};

const thrownBy = (task: () => unknown): unknown => {
  try {
    return task();
  } catch (error) {
    return error;
  }
};

describe.each(['ioredis', 'node-redis', 'a URL'] as const)('over %s', (kind) => {
  it('what is asked while the connection is down fails at once, and works once it is back', async () => {
    const server = await startRedis();
    const connected = kind === 'a URL' ? undefined : await clients[kind]([server.url]);
    if (connected && 'on' in connected.client) connected.client.on('error', () => {});
    const { store, bus } = createRedis({ redis: connected?.client ?? server.url });
    let gaps = 0;
    bus.subscribe({ invalidated() {}, gap: () => void gaps++ });
    expect(await put(store, 'key', recordOf(1))).toBe('committed');
    await until(() => gaps > 0);
    const before = gaps;
    await server.stop();
    await until(() => gaps > before);
    const tasks = [store.lookup('key', EVERYTHING), store.invalidate(invalidation({ hashes: ['key'] }))];
    for (const said of await Promise.all(tasks.map(failure))) {
      expect(said).toMatch(/error/i);
      expect(said).not.toContain('queue');
    }
    const again = await startRedis([], server.port);
    const missed = gaps;
    await until(async () => 'miss' in (await store.lookup('key', EVERYTHING).catch(() => ({}))));
    await until(() => gaps > missed);
    await Promise.all([store.close(), bus.close()]);
    await connected?.close();
    await again.stop();
  });
});

describe('a URL', () => {
  it('of a server that is not there yet: commands say why, and it is used once it is there', async () => {
    const [port = 0] = await freePorts(1);
    const { store, bus } = createRedis({ redis: `redis://127.0.0.1:${port}` });
    const heard: string[] = [];
    bus.subscribe({ invalidated: ({ hashes }) => heard.push(...hashes), gap() {} });
    expect(await failure(store.lookup('key', EVERYTHING))).toContain('ECONNREFUSED');
    const server = await startRedis([], port);
    await until(async () => 'miss' in (await store.lookup('key', EVERYTHING).catch(() => ({}))));
    const other = createRedis({ redis: server.url });
    await until(async () => {
      await other.store.invalidate(invalidation({ hashes: ['key'] }));
      return heard.includes('key');
    });
    await Promise.all([store.close(), bus.close(), other.store.close(), other.bus.close()]);
    await server.stop();
  });

  it('with a user, a password of special characters and the number of a database', async () => {
    const server = await startRedis();
    const admin = new Redis(server.url, { db: 3 });
    const password = "p@ss:w/rd#%?&'ü";
    await admin.call('ACL', 'SETUSER', 'some:body', 'on', `>${password}`, '~*', '&*', '+@all');
    const login = ['some:body', password].map(encodeURIComponent).join(':');
    const { store, bus } = createRedis({ redis: `redis://${login}@127.0.0.1:${server.port}/3` });
    await put(store, 'key', recordOf(1));
    expect(await admin.exists(createRedisKeys('cache-aside').entry('key'))).toBe(1);
    await Promise.all([store.close(), bus.close()]);
    await admin.quit();
    await server.stop();
  });

  it('without a package that can use it: commands say which to install, and no secret', async () => {
    const missing = () => Promise.reject(new Error('Cannot find package'));
    onTestFinished(() => ['redis', 'ioredis'].forEach((name) => void vi.doUnmock(name)));
    for (const name of ['redis', 'ioredis']) vi.doMock(name, missing);
    const { store, bus } = createRedis({ redis: 'redis://:secret@host' });
    const problem = await failure(store.lookup('key', EVERYTHING));
    expect(problem).toContain('the package "redis" or "ioredis" to be installed');
    expect(problem).not.toContain('secret');
    await Promise.all([store.close(), bus.close()]);
  });

  it('is not connected to again after close', async () => {
    const server = await startRedis();
    const admin = new Redis(server.url);
    const { store, bus } = createRedis({ redis: server.url });
    await put(store, 'key', recordOf(1));
    await Promise.all([store.close(), bus.close()]);
    expect(await failure(store.lookup('key', EVERYTHING))).toContain('closed');
    await until(
      async () =>
        String(await admin.client('LIST'))
          .trim()
          .split('\n').length === 1,
    );
    await admin.quit();
    await server.stop();
  });
});

describe('refuses', () => {
  const lazy = { lazyConnect: true } as const;
  it.each([
    ['what is no client', () => ({}) as never, 'Bad option redis'],
    ['nothing', () => null as never, 'Bad option redis'],
    ['another kind of URL', () => 'http://localhost', "got 'http://localhost'"],
    ['a client that renames keys', () => new Redis({ ...lazy, keyPrefix: 'x:' }), 'keyPrefix'],
    [
      'a cluster client that renames keys',
      () => new Cluster(['redis://x'], { ...lazy, redisOptions: { keyPrefix: 'x:' } }),
      'keyPrefix',
    ],
    [
      'a client that reads from replicas',
      () => new Cluster(['redis://x'], { ...lazy, scaleReads: 'slave' }),
      'scaleReads',
    ],
    [
      'a client that reads from a replica',
      () => new Redis({ ...lazy, sentinels: [{ host: 'x' }], name: 'm', role: 'slave' }),
      'role',
    ],
    ['a pool of node-redis', () => createClientPool({ url: 'redis://x' }) as never, 'pool'],
    ['a client of redis 4', () => ({ sendCommand() {}, duplicate() {}, subscribe() {} }) as never, 'redis 4'],
    [
      'a sentinel client of node-redis',
      () => createSentinel({ name: 'm', sentinelRootNodes: [{ host: 'x', port: 1 }] }) as never,
      'sentinel',
    ],
  ])('%s', (_, redis, problem) => {
    expect(() => createRedis({ redis: redis() })).toThrow(problem);
  });

  it.each([
    ['redis-sentinel://:secret@host', 'redis-sentinel://…@host'],
    ['secret@host:6379', '…@host:6379'],
    ['redis://u:12/secret@host', 'redis://…@host'],
    ['redis://u:12#secret@host', 'redis://…@host'],
    ['redis://u:12?secret@host', 'redis://…@host'],
    ['redis://:secret%zz@host', 'redis://…@host'],
    ['redis://:secret@host:port', 'redis://…@host:port'],
    ['redis://:secret@host/name?password=secret', 'redis://…@host/name'],
    ['redis://host?path=/tmp/redis.sock', 'redis://host'],
    ['redis://host/0?family=6&keyPrefix=secret', 'redis://host/0'],
    ['redis:///tmp/redis.sock', 'redis:///tmp/redis.sock'],
    ['unix:///tmp/redis.sock', 'unix:///tmp/redis.sock'],
    ['/tmp/redis.sock', '/tmp/redis.sock'],
  ])('the URL %s at once, and tells no secret', (redis, told) => {
    const problem = thrownBy(() => createRedis({ redis }));
    expect(problem).toMatchObject({ name: 'OptionError', message: expect.stringContaining(`got '${told}'`) });
    expect(inspect(problem)).not.toContain('secret');
  });

  it.each([
    [{ namespace: 'a b' }, 'namespace'],
    [{ namespace: '{x}' }, 'namespace'],
    [{ namespace: '' }, 'namespace'],
    [{ namespace: 5 as never }, 'namespace'],
    [{ serializer: {} as never }, 'serializer'],
    [{ serializer: null as never }, 'serializer'],
    [{ serializer: JSON as never }, 'serializer'],
    [{ lockTime: 0 }, 'lockTime'],
    [{ lockTime: Number.MAX_SAFE_INTEGER }, 'lockTime'],
    [{ blindTime: 0 }, 'blindTime'],
    [{ blindTime: Number.POSITIVE_INFINITY }, 'blindTime'],
    [{ lockTime: 1.5 }, 'lockTime'],
    [{ lockTime: 3_000, fenceTime: 100 }, 'fenceTime'],
  ])('%j, also where there is no Redis yet', (options, option) => {
    expect(() => createRedis({ redis: inject('redisUrl'), ...options })).toThrow(`Bad option ${option}`);
    expect(() => createServerCache(options)).toThrow(`Bad option ${option}`);
  });

  it('a time limit for Redis that is none, also where there is no Redis yet', () => {
    for (const redis of [undefined, 'redis://localhost:1']) {
      expect(() => createServerCache({ redis, redisTimeout: -1 })).toThrow('Bad option redisTimeout');
    }
  });
});
