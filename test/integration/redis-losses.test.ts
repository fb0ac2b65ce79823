import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RedisNode, startRedis } from '../support/redis.js';
import { EVERYTHING, invalidation, put, recordOf, spaceOn, ticketOf } from '../support/redis-clients.js';

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
