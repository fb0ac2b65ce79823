import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createServerCache } from '../../src/node/index.js';
import { type Connected, clients, invalidation, listenTo, pause, spaceOn } from '../support/redis-clients.js';
import { startCluster } from '../support/redis-cluster.js';
import { startProxy } from '../support/redis-proxy.js';
import { until } from '../support/until.js';

let cluster: Awaited<ReturnType<typeof startCluster>>;
beforeAll(async () => {
  cluster = await startCluster(3);
}, 60_000);
afterAll(() => cluster.stop());

describe.each(['ioredis', 'node-redis', 'an ioredis cluster', 'a node-redis cluster'] as const)('over %s', (kind) => {
  const urls = () => (kind.includes('cluster') ? cluster.nodes.map(({ url }) => url) : [inject('redisUrl')]);
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    connected = await clients[kind](urls());
  });
  afterAll(() => connected.close());
  beforeEach(() => {
    space = spaceOn(connected.client, 'q');
  });
  afterEach(() => space.close());

  /** Processes whose subscriptions stand. */
  const processes = async (count: number) => {
    const all = Array.from({ length: count }, () => space.process());
    const ears = all.map(({ bus }) => listenTo(bus));
    await Promise.all(ears.map((one) => one.begins()));
    return all.map(({ store, bus }, i) => ({ store, bus, ears: ears[i] as (typeof ears)[number] }));
  };
  type Process = Awaited<ReturnType<typeof processes>>[number];
  const ask = ({ bus }: Process, ms = 5_000) => bus.confirm?.(ms);
  const tell = (message: object) => space.raw('', 'PUBLISH', space.keys.channel, JSON.stringify({ v: 1, ...message }));

  it('is true once every process has applied what was told before', async () => {
    const [here, ...others] = (await processes(4)) as [Process, ...Process[]];
    for (let round = 0; round < 20; round++) {
      const hashes = Array.from({ length: 10 }, (_, i) => `${round}:${i}`);
      await here.store.invalidate(invalidation({ hashes }));
      expect(await ask(here)).toBe(true);
      for (const { ears } of others) {
        const heard = ears.invalidations().flatMap((one) => one.hashes);
        expect(heard.filter((hash) => hashes.includes(hash)).length === 10 || ears.gaps() > 0).toBe(true);
        ears.heard.length = 0;
      }
    }
  });

  it('is true for a process that is alone, and for many that ask at once', async () => {
    const [alone] = (await processes(1)) as [Process];
    expect(await ask(alone)).toBe(true);
    const others = await processes(3);
    expect(await Promise.all([alone, ...others, alone].map(async (one) => ask(one)))).toEqual(Array(5).fill(true));
  });

  it('is false while somebody who is subscribed does not answer, such as a frozen process', async () => {
    const [here] = (await processes(2)) as [Process];
    const frozen = new Redis(urls()[0] ?? '');
    await frozen.subscribe(space.keys.channel);
    expect(await ask(here, 300)).toBe(false);
    await frozen.quit();
    expect(await ask(here)).toBe(true);
  });

  it('is false while somebody who was heard of lately does not answer, until he says that he ends', async () => {
    const [here] = (await processes(2)) as [Process];
    await tell({ from: 'cut off', n: 0, alive: true });
    expect(await ask(here, 300)).toBe(false);
    await tell({ from: 'cut off', bye: true });
    expect(await ask(here)).toBe(true);
  });

  it('is true soon after a process has closed', async () => {
    const [here, there] = (await processes(2)) as [Process, Process];
    await Promise.all([there.store.close(), there.bus.close()]);
    expect(await ask(here)).toBe(true);
  });

  it('who finds a message missing makes his memory suspect before he answers', async () => {
    const [here] = (await processes(1)) as [Process];
    await tell({ from: 'x', n: 0, alive: true });
    await tell({ from: 'x', n: 1, invalidation: invalidation({ hashes: ['a'] }), hold: 0 });
    await tell({ from: 'x', n: 2, confirm: 1 }); // told before the second message has come
    await tell({ from: 'x', n: 2, invalidation: invalidation({ hashes: ['b'] }), hold: 0 });
    await until(() => here.ears.invalidations().length === 2);
    await pause(150);
    expect(here.ears.gaps()).toBe(0);
    await tell({ from: 'x', n: 3, confirm: 2 }); // the third never comes
    await until(() => here.ears.gaps() === 1);
    await tell({ from: 'x', n: 4, invalidation: invalidation({ hashes: ['d'] }), hold: 0 });
    await tell({ from: 'x', n: 4, confirm: 3 });
    await tell({ from: 'a stranger', n: 7, confirm: 1 }); // whatever he told may have been missed
    await until(() => here.ears.gaps() === 2);
  });
});

it('another process answers the old value after invalidate has resolved, and no more after confirm', async () => {
  const redis = inject('redisUrl');
  const proxy = await startProxy(Number(new URL(redis).port));
  const connected = await clients.ioredis([redis]);
  const space = spaceOn(connected.client, 'far');
  const far = createServerCache({ redis: proxy.url, namespace: space.namespace, redisTimeout: '10s' });
  const { store, bus } = space.process();
  await listenTo(bus).begins();
  expect(await far.get('k', () => 'OLD')).toBe('OLD');
  await until(async () => 'hit' in (await store.lookup('k', ['*'])));
  proxy.delay(200);
  await store.invalidate(invalidation({ hashes: ['k'] }));
  expect(far.peek('k')).toBe('OLD');
  expect(await bus.confirm?.(10_000)).toBe(true);
  expect(far.peek('k')).toBe(undefined);
  await Promise.all([far.close(), space.close()]);
  await connected.close();
  await proxy.stop();
});
