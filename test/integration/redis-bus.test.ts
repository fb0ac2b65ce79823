import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createRedis } from '../../src/node/index.js';
import { startRedis } from '../support/redis.js';
import { type Connected, clients, invalidation, listenTo, pause, spaceOn } from '../support/redis-clients.js';
import { until } from '../support/until.js';

describe.each(['ioredis', 'node-redis'] as const)('over %s', (kind) => {
  let connected: Connected;
  let space: ReturnType<typeof spaceOn>;
  beforeAll(async () => {
    connected = await clients[kind]([inject('redisUrl')]);
  });
  afterAll(() => connected.close());
  beforeEach(() => {
    space = spaceOn(connected.client, 'b');
  });
  afterEach(() => space.close());

  const tell = (message: unknown) =>
    space.raw('', 'PUBLISH', space.keys.channel, typeof message === 'string' ? message : JSON.stringify(message));
  const said = (n: number, tag = `t:${n}`) => ({
    v: 1,
    from: 'x',
    n,
    invalidation: invalidation({ tags: [tag] }),
    hold: 0,
  });
  const alive = (n: number) => ({ v: 1, from: 'x', n, alive: true });

  it('tells the others each part of an invalidation, and not oneself', async () => {
    const [here, there] = [space.process(), space.process()];
    const [own, others] = [listenTo(here.bus), listenTo(there.bus)];
    await Promise.all([own.begins(), others.begins()]);
    here.bus.publish(invalidation({ tags: ['t:not told twice'] }));
    await here.store.invalidate(invalidation({ hashes: ['a', 'b'], tags: ['t:c'] }));
    await here.store.invalidate(invalidation({ hashes: ['d'], soft: true }));
    await here.store.hold(invalidation({ tags: ['t:e'] }), 10);
    await until(() => others.heard.length >= 5);
    expect(others.heard).toEqual([
      invalidation({ hashes: ['a'] }),
      invalidation({ hashes: ['b'] }),
      invalidation({ tags: ['t:c'] }),
      invalidation({ hashes: ['d'], soft: true }),
      { ...invalidation({ tags: ['t:e'] }), held: true },
    ]);
    expect(own.heard).toEqual([]);
  });

  it("takes a hole in a sender's numbers that a heartbeat finds for a gap", async () => {
    const ears = listenTo(space.process().bus);
    await ears.begins();
    for (const message of [alive(0), said(1), alive(1), said(3), said(2), alive(3)]) await tell(message);
    await until(() => ears.invalidations().length === 3);
    expect(ears.gaps()).toBe(0); // overtaken is not lost
    for (const message of [said(5), alive(5)]) await tell(message);
    await until(() => ears.gaps() === 1);
    for (const message of [alive(5), said(6), alive(6)]) await tell(message);
    await tell(alive(7)); // the last message was lost
    await until(() => ears.gaps() === 2);
    expect(ears.invalidations()).toHaveLength(5);
  });

  it('ignores what is not for it', async () => {
    const ears = listenTo(space.process().bus);
    await ears.begins();
    for (const noise of [
      '',
      '{',
      'null',
      '[]',
      { v: 2, from: 'x', n: 1 },
      { ...said(1), from: 1 },
      { ...said(1), n: -1 },
    ])
      await tell(noise);
    for (const noise of [
      { ...said(1), invalidation: { hashes: 'k', tags: [], soft: false } },
      { v: 1, wake: 'k' },
    ])
      await tell(noise);
    await tell(said(1, 't:last'));
    await until(() => ears.heard.length > 0);
    expect(ears.heard).toEqual([invalidation({ tags: ['t:last'] })]);
  });

  it('its own connection breaks: a gap at once, another once it hears again', async () => {
    const server = await startRedis();
    const own = await clients[kind]([server.url]);
    const apart = spaceOn(own.client, 'b');
    const { bus, store } = apart.process();
    const ears = listenTo(bus);
    await ears.begins();
    await apart.raw('', 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until(() => ears.gaps() >= 2);
    ears.heard.length = 0;
    const other = createRedis({ redis: server.url, namespace: apart.namespace });
    await other.store.invalidate(invalidation({ hashes: ['k'] }));
    await until(() => ears.invalidations().length === 1);
    await Promise.all([store.close(), bus.close(), other.store.close(), other.bus.close()]);
    await own.close();
    await server.stop();
  });

  it('says nothing any more once it is closed', async () => {
    const { bus } = space.process();
    const ears = listenTo(bus);
    await ears.begins();
    await bus.close();
    await tell(said(1));
    await pause(50);
    expect(ears.heard).toEqual([]);
  });
});
