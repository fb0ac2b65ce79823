import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { createServerCache } from '../../src/node/index.js';
import { createRedisKeys } from '../../src/node/redis-keys.js';
import { startRedis } from '../support/redis.js';
import {
  type Connected,
  clients,
  EVERYTHING,
  invalidation,
  pause,
  put,
  recordOf,
  spaceOn,
  ticketOf,
} from '../support/redis-clients.js';
import { until } from '../support/until.js';

describe.each(['ioredis', 'node-redis'] as const)('commands over %s', (kind) => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let connected: Connected;
  let admin: Redis;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    server = await startRedis();
    connected = await clients[kind]([server.url]);
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    await admin.quit();
    await connected.close();
    await server.stop();
  });
  beforeEach(() => {
    space = spaceOn(connected.client, 'c');
  });
  afterEach(() => space.close());

  /** What a task makes the server do; commands inside scripts are not sent, so they don't count here. */
  const sent = async (task: () => Promise<unknown>) => {
    await admin.config('RESETSTAT');
    await task();
    const stats = await admin.info('commandstats');
    const calls = [...stats.matchAll(/cmdstat_(mget|get|evalsha|eval|set|del|publish):calls=(\d+)/g)].map(
      ([, name, count]) => [name, Number(count)],
    );
    const { set, get, del, publish, ...direct } = Object.fromEntries(calls);
    return direct;
  };

  it('a hit is one MGET, a miss one more script, its commit one, an invalidation one', async () => {
    const store = space.store();
    const tags = ['*', 't:a', 't:b', 'p:["x"]'];
    const record = recordOf(1, ['t:a', 't:b', 'p:["x"]']);
    await put(store, 'warm', record);
    let ticket = {};
    const look = async () => {
      ticket = ticketOf(await store.lookup('key', tags));
    };
    expect(await sent(look)).toEqual({ mget: 1, evalsha: 1 });
    expect(await sent(() => store.commit('key', record, ticket))).toEqual({ evalsha: 1 });
    expect(await sent(() => store.lookup('key', tags))).toEqual({ mget: 1 });
    await store.invalidate(invalidation({ hashes: ['other'], tags: ['t:other'] }));
    expect(await sent(() => store.invalidate(invalidation({ hashes: ['key'] })))).toEqual({ evalsha: 1 });
    expect(await sent(() => store.invalidate(invalidation({ tags: ['t:a'] })))).toEqual({ evalsha: 1 });
  });

  it('a failed load costs what a commit costs, and its cool-down what a miss costs', async () => {
    const store = space.store();
    const failure = { message: 'down', coolDown: 60_000 };
    await store.release('warm', ticketOf(await store.lookup('warm', EVERYTHING))); // loads the scripts
    const ticket = ticketOf(await store.lookup('key', EVERYTHING));
    expect(await sent(() => store.release('key', ticket, failure))).toEqual({ evalsha: 1 });
    expect(await sent(() => store.lookup('key', EVERYTHING))).toEqual({ mget: 1, evalsha: 1 });
  });

  it('through a cache: what another process has loaded is one MGET, and after that nothing', async () => {
    const namespace = `c${kind}`;
    const [a, b] = [1, 2].map(() => createServerCache({ redis: connected.client, namespace, redisTimeout: '10s' }));
    const read = (cache: typeof a, key: string) => cache?.get(['item', key], () => key, { tags: ['a', 'b'] });
    await read(a, 'warm');
    await until(async () => (await read(b, 'warm')) === 'warm');
    await read(a, 'k');
    await until(async () => Number(await admin.exists(createRedisKeys(namespace).entry('["item","k"]'))) === 1);
    await pause(100); // nothing is under way
    expect(await sent(async () => read(b, 'k'))).toEqual({ mget: 1 });
    expect(await sent(async () => read(b, 'k'))).toEqual({});
    await Promise.all([a?.close(), b?.close()]);
  });

  it('64 lookups of one tick are one MGET, however deep in promises they are asked', async () => {
    const store = space.store();
    const hashes = Array.from({ length: 64 }, (_, i) => `k${i}`);
    await Promise.all(hashes.map((hash) => put(store, hash, recordOf(hash, ['t:a']))));
    const deep = async (depth: number) => {
      for (let i = 0; i < depth; i++) await Promise.resolve();
    };
    const found: unknown[] = [];
    const read = async () => {
      const reads = hashes.map((hash, i) => deep(i % 7).then(() => store.lookup(hash, ['*', 't:a'])));
      found.push(...(await Promise.all(reads)));
    };
    expect(await sent(read)).toEqual({ mget: 1 });
    expect(found).toEqual(hashes.map((value) => expect.objectContaining({ hit: expect.objectContaining({ value }) })));
  });

  it('no command has a timer of its own, and reads that come together share theirs', async () => {
    const namespace = `t${kind}`;
    const [a, b] = [1, 2].map(() => createServerCache({ redis: connected.client, namespace, redisTimeout: '10s' }));
    const ids = Array.from({ length: 128 }, (_, i) => i);
    const read = async (cache: typeof a, id: number) => cache?.get(['item', id], () => id);
    await Promise.all(ids.map((id) => read(a, id)));
    const isEntry = (name: string) => name.startsWith(namespace) && name.includes('["item",');
    await until(async () => (await admin.keys('*')).filter(isEntry).length === ids.length);
    const ofCommand = vi.spyOn(AbortSignal, 'timeout'); // what node-redis arms
    const armed = vi.spyOn(globalThis, 'setTimeout');
    await Promise.all(ids.slice(0, 64).map((id) => read(b, id)));
    expect(armed.mock.calls.length).toBeLessThan(32);
    for (const id of ids.slice(64)) await read(b, id);
    expect(ofCommand).not.toHaveBeenCalled();
    vi.restoreAllMocks();
    await Promise.all([a?.close(), b?.close()]);
  });

  it('tags that only loads told cost a second trip once, also when they change', async () => {
    const [writer, reader] = [space.store(), space.store()];
    const first = recordOf(1, ['t:a', 't:b']);
    await put(writer, 'key', first, EVERYTHING);
    await reader.lookup('warm', EVERYTHING);
    const read = () => reader.lookup('key', EVERYTHING);
    expect(await sent(read)).toEqual({ mget: 2 });
    expect(await sent(read)).toEqual({ mget: 1 });
    expect(await sent(() => writer.lookup('key', EVERYTHING))).toEqual({ mget: 1 });
    const ticket = ticketOf(await writer.lookup('key', EVERYTHING, first.version));
    await writer.commit('key', recordOf(2, ['t:a', 't:c']), ticket);
    expect(await sent(read)).toEqual({ mget: 2 });
    expect(await sent(read)).toEqual({ mget: 1 });
  });
});

describe('what is stored', () => {
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    connected = await clients['node-redis']([inject('redisUrl')]);
  });
  afterAll(() => connected.close());
  beforeEach(() => {
    space = spaceOn(connected.client, 'w');
  });
  afterEach(() => space.close());

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  it.each([
    [{ date: new Date(0), map: new Map([['a', new Set([1n])]]), none: undefined, bytes: new Uint8Array([0, 255]) }],
    [cyclic],
    [null],
    [0],
    [-0],
    [''],
    [false],
    [undefined],
    ['line\nbreak \ud800'],
  ])('reads back deep-equal in another process: %o', async (value) => {
    const record = recordOf(value, ['t:ä\n"']);
    expect(await put(space.store(), 'key', record)).toBe('committed');
    const found = await space.store().lookup('key', ['*', 't:ä\n"']);
    expect(found).toEqual({ hit: { ...record, loadedAt: expect.any(Number) }, stale: false });
    expect('hit' in found && 'value' in found.hit).toBe(true);
  });

  it('has a name of its own, whatever the key is called', async () => {
    const store = space.store();
    const names = ['a', 'a}', 'a}:l', 'a}:t', '{a', 't:a', '*', '\ud800', '\udfff', '\ufffd'];
    for (const name of names) await put(store, name, recordOf(`of ${name}`));
    await store.invalidate(invalidation({ tags: ['t:a', 'a'] }));
    for (const name of names)
      expect(await store.lookup(name, EVERYTHING)).toMatchObject({ hit: { value: `of ${name}` } });
  });

  it.each([
    ['', 'nothing'],
    ['garbage', 'one line'],
    ['-v1\nnot json\nj1', 'a bad header'],
    ['-v1\n{"stamps":[["*",1]],"loadedAt":0,"windows":[0,0,0,0]}\nj1', 'bad stamps'],
    ['-v1\n{"stamps":[],"loadedAt":0,"windows":[0,0,0]}\nj1', 'bad windows'],
    ['-v1\n{"stamps":[],"loadedAt":0,"windows":[9,9,9,9]}\nj{', 'a bad payload'],
    ['-v1\n{"stamps":[],"loadedAt":0,"windows":[9,9,9,9]}\nx1', 'the payload of another serializer'],
    ['-\u00ff\u0000\n\n', 'bytes'],
  ])('%j (%s) is a miss, and is overwritten', async (text) => {
    const store = space.store();
    await space.raw('', 'SET', space.keys.entry('key'), text);
    const ticket = ticketOf(await store.lookup('key', EVERYTHING));
    expect(await store.commit('key', recordOf('good'), ticket)).toBe('committed');
    expect(await store.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'good' } });
  });

  it.each(['garbage', '!', '|', 'a.b', '!a.b|x|y', ''])('a stamp %j means that nothing is known', async (text) => {
    const store = space.store();
    await put(store, 'key', recordOf('old', ['t:a']));
    await space.raw('', 'SET', space.keys.tag('t:a'), text);
    const ticket = ticketOf(await store.lookup('key', ['*', 't:a']));
    expect(await store.commit('key', recordOf('new', ['t:a']), ticket)).toBe('committed');
    expect(await store.lookup('key', ['*', 't:a'])).toMatchObject({ hit: { value: 'new' } });
  });

  it('a corrupt lease refuses its commit and is replaced', async () => {
    const store = space.store();
    const ticket = ticketOf(await store.lookup('key', EVERYTHING));
    await space.raw('', 'SET', space.keys.lease('key'), 'garbage');
    expect(await store.commit('key', recordOf(1), ticket)).toBe('dropped');
    expect(await put(store, 'key', recordOf(2))).toBe('committed');
  });

  it('goes when it has expired, or never', async () => {
    const store = space.store();
    const windows = (expires: number) => ({ due: 1, fresh: 1, stale: 1, expires });
    const times = { short: 5_000, always: Number.POSITIVE_INFINITY, odd: 1.5, huge: Number.MAX_VALUE };
    for (const [hash, expires] of Object.entries(times)) {
      expect(await put(store, hash, recordOf(1, [], { windows: windows(expires) }))).toBe('committed');
    }
    const left = async (hash: string) => Number(await space.raw('', 'PTTL', space.keys.entry(hash)));
    expect(await left('short')).toBeGreaterThan(0);
    expect(await left('short')).toBeLessThanOrEqual(5_000);
    expect([await left('always'), await left('huge')]).toEqual([-1, -1]);
    expect(await store.lookup('always', EVERYTHING)).toMatchObject({
      hit: { windows: windows(Number.POSITIVE_INFINITY) },
    });
    expect(Number(await space.raw('', 'PTTL', space.keys.tag('*')))).toBe(-1);
  });

  it('has the same age for processes whose clocks are an hour apart', async () => {
    const at = (hours: number) => () => Date.now() + hours * 3_600_000;
    const [behind, ahead] = [space.store({ now: at(-1) }), space.store({ now: at(1) })];
    const age = 30_000;
    await put(ahead, 'key', recordOf(1, [], { loadedAt: at(1)() - age }));
    const naive = at(-1)() - (at(1)() - age); // what comparing the two clocks would say
    const found = await behind.lookup('key', EVERYTHING);
    const seen = 'hit' in found ? at(-1)() - found.hit.loadedAt : Number.NaN;
    expect(Math.abs(naive - age)).toBeGreaterThan(7_000_000);
    expect(Math.abs(seen - age)).toBeLessThan(10_000);
  });
});
