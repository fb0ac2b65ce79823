import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lookup } from '../../src/index.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { EVERYTHING, invalidation, put, recordOf, spaceOn, ticketOf } from '../support/redis-clients.js';
import { until } from '../support/until.js';

describe('a full Redis that evicts nothing', () => {
  let server: RedisNode;
  let client: Redis;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    server = await startRedis(['--maxmemory-policy', 'noeviction']);
    client = new Redis(server.url);
  });
  afterAll(async () => {
    await client.quit();
    await server.stop();
  });
  beforeEach(() => {
    space = spaceOn(client, 'full');
  });
  afterEach(() => space.close());
  const fill = () => client.config('SET', 'maxmemory', '1');
  const empty = () => client.config('SET', 'maxmemory', '0');
  const tags = ['*', 't:a'];

  it.each([
    ['a key', invalidation({ hashes: ['key'] })],
    ['a tag', invalidation({ tags: ['t:a'] })],
    ['everything', invalidation({ tags: ['*'] })],
  ])('still takes an invalidation by %s, and drops the loads from before it', async (_, target) => {
    const store = space.store();
    const old = recordOf('old', ['t:a']);
    await put(store, 'key', old);
    const ticket = ticketOf(await store.lookup('key', tags, old.version));
    await fill();
    await expect(client.set('other', 'x')).rejects.toThrow('OOM');
    await store.invalidate(target);
    await empty();
    expect(await store.commit('key', recordOf('old', ['t:a']), ticket)).toBe('dropped');
    expect(await store.lookup('key', tags)).toHaveProperty('miss');
  });

  it('takes an expiry too, for an invalidation if need be', async () => {
    const store = space.store();
    await put(store, 'key', recordOf('old', ['t:a']));
    await put(store, 'other', recordOf('old', ['t:a']));
    await fill();
    await store.invalidate(invalidation({ hashes: ['key'], soft: true }));
    await store.invalidate(invalidation({ tags: ['t:a'], soft: true }));
    await empty();
    expect(await store.lookup('key', tags)).not.toMatchObject({ stale: false });
    expect(await store.lookup('other', tags)).toMatchObject({ hit: { value: 'old' }, stale: true });
  });

  it('holds a key and a tag', async () => {
    const store = space.store();
    await store.lookup('warm', EVERYTHING);
    await fill();
    await store.hold(invalidation({ hashes: ['key'], tags: ['t:a'] }), 60_000);
    await empty();
    expect(await store.lookup('key', EVERYTHING)).toEqual({ held: true });
    expect(await store.lookup('other', tags)).toEqual({ held: true });
  });
});

describe('a Redis that comes back with an older state', () => {
  it.each([
    ['a key', invalidation({ hashes: ['key'] })],
    ['a tag', invalidation({ tags: ['t:a'] })],
  ])('from a snapshot: what was invalidated by %s after it is not true again', async (_, target) => {
    const dir = await mkdtemp(join(tmpdir(), 'cache-aside-snapshot-'));
    const server = await startRedis(['--dir', dir]);
    const client = new Redis(server.url, { retryStrategy: () => 50 });
    client.on('error', () => {});
    const space = spaceOn(client, 'snapshot');
    const store = space.store();
    const tags = ['*', 't:a'];
    await put(store, 'key', recordOf('old', ['t:a']));
    await client.save();
    await store.invalidate(target);
    expect(await space.store().lookup('key', tags)).toHaveProperty('miss');
    await server.kill();
    const again = await startRedis(['--dir', dir], server.port);
    await until(() => client.status === 'ready');
    expect(await client.get(space.keys.entry('key'))).toContain('old'); // with the stamps of then
    for (const one of [store, space.store()]) {
      let found: Lookup | undefined;
      await until(async () => {
        found = await one.lookup('key', tags).catch(() => undefined);
        return found !== undefined;
      });
      expect(found).not.toHaveProperty('hit');
    }
    await space.close();
    client.disconnect();
    await again.stop();
    await rm(dir, { recursive: true, force: true });
  });

  it('is not suspected for having lost the list of those who served, nor for serving on', async () => {
    const server = await startRedis();
    const client = new Redis(server.url);
    const space = spaceOn(client, 'list');
    await put(space.store(), 'key', recordOf(1));
    await client.del(space.keys.servers);
    for (let n = 0; n < 3; n++) {
      expect(await space.store().lookup('key', EVERYTHING)).toHaveProperty('hit');
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    }
    await space.close();
    await client.quit();
    await server.stop();
  });

  it('leaves alone what is held', async () => {
    const server = await startRedis();
    const client = new Redis(server.url);
    const space = spaceOn(client, 'held');
    await space.store().hold(invalidation({ tags: ['*'] }), 60_000);
    await client.set(space.keys.servers, 'another');
    expect(await space.store().lookup('key', EVERYTHING)).toEqual({ held: true });
    await space.close();
    await client.quit();
    await server.stop();
  });
});
