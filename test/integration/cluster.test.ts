import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../src/index.js';
import { createServerCache } from '../../src/node/index.js';
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
import { type ClusterNode, type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { until } from '../support/until.js';

const KINDS = ['an ioredis cluster', 'a node-redis cluster'] as const;

describe.each(KINDS)('over %s', (kind) => {
  let cluster: RedisCluster;
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    cluster = await startCluster(3);
    connected = await clients[kind](cluster.urls);
  }, 60_000);
  afterAll(async () => {
    await connected.close();
    await cluster.stop();
  });
  beforeEach(() => {
    space = spaceOn(connected.client, 'c');
  });
  afterEach(() => space.close());

  const slotOf = async (hash: string) =>
    Number(await cluster.nodes[0]?.admin.cluster('KEYSLOT', space.keys.entry(hash)));
  const another = (node: ClusterNode) => cluster.nodes.find((one) => one !== node) as ClusterNode;

  it('one tag reaches entries on all nodes, in both processes, by one write', async () => {
    const open = () => createServerCache({ redis: connected.client, namespace: space.namespace, redisTimeout: '10s' });
    const [a, b] = [open(), open()];
    const degraded: unknown[] = [];
    for (const cache of [a, b]) cache.on('degraded', ({ error }) => degraded.push(error));
    let n = 0;
    const read = (cache: Cache, id: number) => cache.get(['item', id], () => ++n, { tags: ['items'] });
    const ids = Array.from({ length: 300 }, (_, i) => i);
    const first = await Promise.all(ids.map((id) => read(a, id)));
    expect(degraded).toEqual([]);
    await until(async () => (await Promise.all(ids.map((id) => read(b, id)))).join() === first.join());
    expect(n).toBe(ids.length);
    for (const { admin } of cluster.nodes) expect(await admin.dbsize()).toBeGreaterThan(50);
    await a.invalidate({ tags: ['items'] });
    await until(() => ids.every((id) => b.peek(['item', id]) === undefined));
    const second = await Promise.all(ids.map((id) => read(b, id)));
    expect(Math.min(...second)).toBeGreaterThan(ids.length);
    await Promise.all([a.close(), b.close()]);
  });

  const patience = { timeout: 30_000 };
  it(
    'a slot moves: what is in it stays true, and what was begun before is judged by what came between',
    patience,
    async () => {
      const [here, there] = [space.store(), space.store()];
      const hashes = Array.from({ length: 8 }, (_, i) => `k${i}`);
      await Promise.all(hashes.map((hash) => put(here, hash, recordOf(`old ${hash}`))));
      const begun = await Promise.all(hashes.map((hash) => here.lookup(`${hash} begun`, EVERYTHING).then(ticketOf)));
      for (const hash of [...hashes, ...hashes.map((one) => `${one} begun`)]) {
        const slot = await slotOf(hash);
        await cluster.moveSlot(slot, another(await cluster.ownerOf(slot)));
      }
      for (const hash of hashes)
        expect(await there.lookup(hash, EVERYTHING)).toMatchObject({ hit: { value: `old ${hash}` } });
      await there.invalidate(invalidation({ hashes: [...hashes, ...hashes.slice(4).map((hash) => `${hash} begun`)] }));
      for (const hash of hashes) expect(await here.lookup(hash, EVERYTHING)).toHaveProperty('miss');
      const commits = begun.map((ticket, i) => here.commit(`k${i} begun`, recordOf(i), ticket));
      expect(await Promise.all(commits)).toEqual([...Array(4).fill('committed'), ...Array(4).fill('dropped')]);
    },
  );

  it.each(['entry', 'lease'] as const)(
    'a slot is half moved, the %s first: an invalidation waits rather than miss one of them',
    async (first) => {
      const [here, there] = [space.store(), space.store()];
      const old = recordOf('old');
      await put(here, 'key', old);
      const ticket = ticketOf(await here.lookup('key', EVERYTHING, old.version));
      const slot = await slotOf('key');
      const from = await cluster.ownerOf(slot);
      const to = another(from);
      await cluster.beginMove(slot, from, to);
      await cluster.moveKey(space.keys[first]('key'), from, to);
      let done = false;
      const invalidating = there.invalidate(invalidation({ hashes: ['key'] })).then(() => {
        done = true;
      });
      await pause(150);
      expect(done).toBe(false);
      const rest = first === 'entry' ? 'lease' : 'entry';
      await cluster.moveKey(space.keys[rest]('key'), from, to);
      await invalidating; // at the new node, before it owns the slot
      await cluster.endMove(slot, from, to);
      expect(await here.lookup('key', EVERYTHING)).toHaveProperty('miss');
      expect(await here.commit('key', recordOf('old'), ticket)).toBe('dropped');
    },
  );
});

describe.each(KINDS)('a master dies, over %s', (kind) => {
  let cluster: RedisCluster;
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    cluster = await startCluster(3, 3);
    connected = await clients[kind](cluster.urls);
    space = spaceOn(connected.client, 'f');
  }, 60_000);
  afterAll(async () => {
    await space.close();
    await connected.close();
    await cluster.stop();
  });

  it('an invalidation that its replica has not got is lost with it, until the new master is noticed', async () => {
    const [here, there] = [space.store(), space.store()];
    const minute = 60_000;
    await put(
      here,
      'key',
      recordOf('old', [], { windows: { due: minute, fresh: minute, stale: minute, expires: minute } }),
    );
    const storedAt = performance.now();
    const entry = space.keys.entry('key');
    const { servers } = space.keys;
    await until(async () => (await space.raw(servers, 'GET', servers)) !== null); // who serves is known
    const master = await cluster.ownerOf(Number(await cluster.nodes[0]?.admin.cluster('KEYSLOT', entry)));
    const replica = cluster.replicaOf(master);
    await replica.admin.readonly();
    await until(async () => (await replica.admin.exists(entry)) === 1);
    await master.admin.config('SET', 'requirepass', 'so that the replica cannot come back');
    await master.admin.call('CLIENT', 'KILL', 'TYPE', 'replica');
    await until(async () => (await master.admin.info('replication')).includes('connected_slaves:0'));
    await there.invalidate(invalidation({ hashes: ['key'] }));
    expect(await here.lookup('key', EVERYTHING)).toHaveProperty('miss');
    await master.kill();
    await until(async () => (await replica.admin.info('replication')).includes('role:master'));
    expect(await replica.admin.get(entry)).toContain('old'); // and so would everybody read, for as long as it lives:
    expect(await replica.admin.pttl(entry)).toBeGreaterThan(minute - (performance.now() - storedAt) - 1_000);
    const isHit = async () => 'hit' in (await here.lookup('key', EVERYTHING).catch(() => ({ hit: 'not known yet' })));
    await until(async () => !(await isHit()));
    expect(await replica.admin.pttl(entry)).toBeGreaterThan(0);
    await there.invalidate(invalidation({ hashes: ['key'] })); // what comes after holds
    expect(await put(here, 'key', recordOf('new'))).toBe('committed');
    expect(await there.lookup('key', EVERYTHING)).toMatchObject({ hit: { value: 'new' } });
  }, 60_000);
});
