import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { HoldingStore } from '../../src/index.js';
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
import { startCluster } from '../support/redis-cluster.js';
import { until } from '../support/until.js';

let cluster: Awaited<ReturnType<typeof startCluster>>;
beforeAll(async () => {
  cluster = await startCluster(3);
}, 60_000);
afterAll(() => cluster.stop());

describe.each(['ioredis', 'node-redis', 'an ioredis cluster', 'a node-redis cluster'] as const)('over %s', (kind) => {
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    connected = await clients[kind](
      kind.includes('cluster') ? cluster.nodes.map(({ url }) => url) : [inject('redisUrl')],
    );
  });
  afterAll(() => connected.close());
  beforeEach(() => {
    space = spaceOn(connected.client, 's');
  });
  afterEach(() => space.close());

  describe('the race: a load begins, the source changes, another process invalidates, the load ends', () => {
    const targets = [
      ['its key', invalidation({ hashes: ['key'] })],
      ['its tag', invalidation({ tags: ['t:users'] })],
      ['its prefix', invalidation({ tags: ['p:["user"]'] })],
      ['everything', invalidation({ tags: ['*'] })],
      ['a tag that only the load told', invalidation({ tags: ['t:told'] })],
    ] as const;
    const known = ['*', 't:users', 'p:["user"]'];
    const old = () => recordOf('old', ['t:users', 'p:["user"]', 't:told']);

    it.each(targets)('%s: the old value is dropped', async (_, target) => {
      const [here, there] = [space.store(), space.store()];
      const ticket = ticketOf(await here.lookup('key', known));
      await there.invalidate(target);
      expect(await here.commit('key', old(), ticket)).toBe('dropped');
      expect(await there.lookup('key', known)).toHaveProperty('miss');
    });

    it.each(targets)('%s: what was stored is untrue for all', async (_, target) => {
      const [here, there] = [space.store(), space.store()];
      expect(await put(here, 'key', old(), known)).toBe('committed');
      expect(await there.lookup('key', known)).toMatchObject({ hit: { value: 'old' }, stale: false });
      await there.invalidate(target);
      expect(await here.lookup('key', known)).toHaveProperty('miss');
    });

    it('with SET and DEL instead, the old value comes back for ever', async () => {
      const naive = `${space.namespace}:naive`;
      expect(await space.raw(naive, 'GET', naive)).toBe(null); // here: a miss, and the load begins
      await space.raw(naive, 'DEL', naive); // there: the source has changed
      await space.raw(naive, 'SET', naive, 'old'); // here: the load ends
      expect(await space.raw(naive, 'GET', naive)).toBe('old');
    });

    it('two processes invalidate one tag at once: neither is undone', async () => {
      const stores = [space.store(), space.store(), space.store()] as const;
      for (let round = 0; round < 20; round++) {
        const ticket = ticketOf(await stores[2].lookup(`k${round}`, ['*', 't:a']));
        await Promise.all([stores[0], stores[1]].map((store) => store.invalidate(invalidation({ tags: ['t:a'] }))));
        expect(await stores[2].commit(`k${round}`, recordOf('old', ['t:a']), ticket)).toBe('dropped');
      }
    });
  });

  describe('what Redis loses', () => {
    it.each(['entry', 'lease', 'tag'] as const)('its %s: a miss, or a load that is dropped', async (what) => {
      const store = space.store();
      const names = { entry: space.keys.entry('key'), lease: space.keys.lease('key'), tag: space.keys.tag('t:a') };
      const tags = ['*', 't:a'];
      await put(store, 'key', recordOf(1, ['t:a']));
      const found = await store.lookup('key', tags);
      const ticket = ticketOf(await store.lookup('key', tags, 'hit' in found ? found.hit.version : ''));
      await space.raw(names[what], 'DEL', names[what]);
      expect(await store.commit('key', recordOf('old', ['t:a']), ticket)).toBe(
        what === 'entry' ? 'committed' : 'dropped',
      );
      if (what === 'tag') expect(await store.lookup('key', tags)).toHaveProperty('miss');
    });

    it('the stamp of a told tag that was invalidated during the load', async () => {
      const [here, there] = [space.store(), space.store()];
      const ticket = ticketOf(await here.lookup('key', EVERYTHING));
      await there.invalidate(invalidation({ tags: ['t:told'] }));
      await space.raw(space.keys.tag('t:told'), 'DEL', space.keys.tag('t:told'));
      expect(await here.commit('key', recordOf('old', ['t:told']), ticket)).toBe('dropped');
    });

    it('its scripts: they are sent again', async () => {
      const store = space.store();
      const ticket = ticketOf(await store.lookup('key', EVERYTHING));
      for (const key of Array.from({ length: 30 }, (_, i) => `slot${i}`)) await space.raw(key, 'SCRIPT', 'FLUSH');
      expect(await store.commit('key', recordOf(1), ticket)).toBe('committed');
    });
  });

  it('a told tag costs no load: neither when it is new, nor when other loads have just made it', async () => {
    const [here, there] = [space.store(), space.store()];
    await here.lookup('warm', EVERYTHING); // both listen
    await there.lookup('warm', EVERYTHING);
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const told = ['t:new', 't:other'];
    const commits = keys.map((key, i) => put(i % 2 ? here : there, key, recordOf(i, told), EVERYTHING));
    expect(new Set(await Promise.all(commits))).toEqual(new Set(['committed']));
    for (const key of keys) expect(await here.lookup(key, EVERYTHING)).toHaveProperty('hit');
  });

  describe('revisions', () => {
    const tags = ['*', 't:a'];
    const commit = async (revision: string | undefined, value: string) => {
      const store = space.store();
      const found = await store.lookup('key', tags);
      const ticket = 'miss' in found ? found.miss : 'hit' in found ? await again(store, found.hit.version) : {};
      return store.commit('key', recordOf(value, ['t:a'], { revision }), ticket);
    };
    const again = async (store: HoldingStore, version: string) => ticketOf(await store.lookup('key', tags, version));

    it.each([
      ['9', '10'],
      ['10', '11'],
      ['0', '1'],
      ['9007199254740993', '9007199254740994'], // no double tells these apart
      ['9'.repeat(30), `1${'0'.repeat(30)}`],
    ])('what is stored never goes back: %s is lower than %s', async (lower, higher) => {
      expect(await commit(lower, 'older')).toBe('committed');
      expect(await commit(higher, 'newer')).toBe('committed');
      expect(await commit(higher, 'the same')).toBe('committed');
      expect(await commit(lower, 'older')).toBe('dropped');
      expect(await space.store().lookup('key', tags)).toMatchObject({ hit: { value: 'the same', revision: higher } });
    });

    it('what has none is compared with nothing', async () => {
      const looksLikeOne = recordOf('"revision":"9"', ['t:\n{"revision":"9"', '{"revision":"9"']);
      expect(await put(space.store(), 'key', looksLikeOne)).toBe('committed');
      expect(await commit('1', 'one')).toBe('committed');
      expect(await commit(undefined, 'none')).toBe('committed');
      expect(await commit('1', 'one')).toBe('committed');
    });

    it('an untrue record still keeps older states out, until its key is invalidated', async () => {
      expect(await commit('7', 'seven')).toBe('committed');
      await space.store().invalidate(invalidation({ tags: ['t:a'] }));
      expect(await commit('6', 'from a replica that lags')).toBe('dropped');
      await space.store().invalidate(invalidation({ hashes: ['key'] }));
      expect(await commit('6', 'the source was set back')).toBe('committed');
    });
  });

  it('explains what it has of a key', async () => {
    const [here, there] = [space.process().store, space.process().store];
    const tags = ['*', 't:a'];
    expect(await here.explain('key', tags)).toMatchObject({ record: undefined, answers: 'miss: no record' });
    const record = recordOf({ a: 1 }, ['t:a', 't:told'], { revision: '7' });
    await put(here, 'key', record, tags);
    const { version, windows } = record;
    const said = await there.explain('key', tags);
    expect(said).toMatchObject({ record: { version, windows, revision: '7', stale: false }, answers: 'hit' });
    expect(said['tags']).toEqual(
      ['*', 't:a', 't:told'].map((tag) => {
        return { tag, remembered: expect.any(String), now: expect.any(String), held: false, says: 'same' };
      }),
    );
    expect(Math.abs((said['record'] as typeof record).loadedAt - record.loadedAt)).toBeLessThan(10_000);

    await here.invalidate(invalidation({ tags: ['t:told'], soft: true }));
    expect(await there.explain('key', tags)).toMatchObject({ answers: expect.stringMatching(/^stale hit.*t:told$/) });
    const ticket = ticketOf(await here.lookup('key', tags, version));
    expect(await there.explain('key', tags)).toMatchObject({ lease: { state: 'loading', isWaitedFor: false } });
    await here.release('key', ticket, { message: 'no | such\nhost', coolDown: 60_000 });
    expect(await there.explain('key', tags)).toMatchObject({
      lease: { state: 'cooling down', failure: 'no | such\nhost', until: expect.any(Number) },
    });
    await here.hold(invalidation({ hashes: ['key'], tags: ['*'] }), 60_000);
    expect(await there.explain('key', tags)).toMatchObject({
      lease: { state: 'held' },
      tags: [{ tag: '*', held: true }, { tag: 't:a' }],
      answers: 'miss: no record',
    });
    await space.raw(space.keys.entry('key'), 'SET', space.keys.entry('key'), 'garbage');
    await space.raw(space.keys.lease('key'), 'SET', space.keys.lease('key'), 'garbage');
    expect(await there.explain('key', [])).toMatchObject({ record: 'corrupt', lease: 'corrupt' });
    expect(JSON.parse(JSON.stringify(said))).toBeTruthy();
  });

  describe('a soft invalidation', () => {
    it.each([
      ['key', { hashes: ['key'] }],
      ['tag', { tags: ['t:a'] }],
    ])('of a %s leaves the entry, stale until it is loaded again', async (_, target) => {
      const [here, there] = [space.store(), space.store()];
      const tags = ['*', 't:a'];
      const [old, between, fresh] = [recordOf(1, ['t:a']), recordOf(2, ['t:a']), recordOf(3, ['t:a'])];
      await put(here, 'key', old);
      const before = ticketOf(await here.lookup('key', tags, old.version));
      await there.invalidate(invalidation({ ...target, soft: true }));
      expect(await here.lookup('key', tags)).toMatchObject({ hit: { version: old.version }, stale: true });
      expect(await here.commit('key', between, before)).toBe('committed');
      expect(await there.lookup('key', tags)).toMatchObject({ hit: { version: between.version }, stale: true });
      const after = ticketOf(await there.lookup('key', tags, between.version));
      expect(await there.commit('key', fresh, after)).toBe('committed');
      expect(await here.lookup('key', tags)).toMatchObject({ hit: { version: fresh.version }, stale: false });
    });

    it('does not make true again what a hard one made untrue', async () => {
      const store = space.store();
      await put(store, 'key', recordOf('old', ['t:a']));
      await store.invalidate(invalidation({ tags: ['t:a'] }));
      await store.invalidate(invalidation({ tags: ['t:a'], soft: true }));
      expect(await store.lookup('key', ['*', 't:a'])).toHaveProperty('miss');
    });
  });

  describe('a hold', () => {
    const tags = ['*', 't:a'];

    it.each([
      ['key', { hashes: ['key'] }],
      ['tag', { tags: ['t:a'] }],
      ['everything', { tags: ['*'] }],
    ])('of a %s answers held until its time is over', async (_, target) => {
      const [here, there] = [space.store(), space.store()];
      const ticket = ticketOf(await here.lookup('key', tags));
      await there.hold(invalidation(target), 100);
      expect(await here.commit('key', recordOf('old', ['t:a']), ticket)).toBe('dropped');
      expect(await here.lookup('key', tags)).toEqual({ held: true });
      await until(async () => 'miss' in (await here.lookup('key', tags)));
      await there.invalidate(invalidation({ hashes: ['key'] }));
      expect(await put(here, 'key', recordOf('new', ['t:a']))).toBe('committed');
      expect(await there.lookup('key', tags)).toMatchObject({ hit: { value: 'new' } });
    });

    it.each([false, true])('ends with the next invalidation (soft: %s)', async (soft) => {
      const store = space.store();
      const target = invalidation({ hashes: ['key'], tags: ['t:a'], soft });
      await store.hold(target, 60_000);
      expect(await store.lookup('key', tags)).toEqual({ held: true });
      await store.invalidate(target);
      expect(await put(store, 'key', recordOf(1, ['t:a']))).toBe('committed');
    });

    it('of a tag that only the load told keeps loads from before its end from being stored', async () => {
      const [here, there] = [space.store(), space.store()];
      const before = ticketOf(await here.lookup('before', EVERYTHING));
      await there.hold(invalidation({ tags: ['t:told'] }), 80);
      const during = ticketOf(await here.lookup('during', EVERYTHING));
      const newcomer = space.store(); // has not heard of it
      const unaware = ticketOf(await newcomer.lookup('unaware', EVERYTHING));
      await pause(100);
      expect(await here.commit('before', recordOf('old', ['t:told']), before)).toBe('dropped');
      expect(await here.commit('during', recordOf('old', ['t:told']), during)).toBe('dropped');
      expect(await newcomer.commit('unaware', recordOf('old', ['t:told']), unaware)).toBe('dropped');
      expect(await put(here, 'after', recordOf('new', ['t:told']), EVERYTHING)).toBe('committed');
    });
  });
});
