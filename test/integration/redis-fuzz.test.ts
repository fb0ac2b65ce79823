import { Redis } from 'ioredis';
import { afterAll, expect, inject, it } from 'vitest';
import type { HoldingStore } from '../../src/index.js';
import { startRedis } from '../support/redis.js';
import { EVERYTHING, invalidation, pause, recordOf, spaceOn } from '../support/redis-clients.js';

const client = new Redis(inject('redisUrl'));
afterAll(() => client.quit());

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const READERS = 12;
const READS = 60;
const between = (least: number, most: number) => least + Math.floor(Math.random() * (most - least + 1));

/** A source whose values only grow, and what has been acknowledged as untrue: whatever is below it. */
function createSource() {
  const value = new Map(KEYS.map((key) => [key, 1]));
  const acknowledged = new Map(KEYS.map((key) => [key, 1]));
  return {
    acknowledged: (key: string) => acknowledged.get(key) ?? 0,
    async load(key: string) {
      const seen = value.get(key) ?? 0;
      await pause(between(0, 15)); // the answer travels, and is old by then
      return seen;
    },
    async write(key: string, invalidate: () => Promise<unknown>) {
      const next = (value.get(key) ?? 0) + 1;
      value.set(key, next);
      await invalidate();
      acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, next));
    },
  };
}

/** Many processes read and write at random. @returns how many reads answered what had been acknowledged as untrue */
async function race(
  read: (process: number, key: string, load: () => Promise<number>) => Promise<number>,
  invalidate: (process: number, key: string) => Promise<unknown>,
) {
  const source = createSource();
  let old = 0;
  let hits = 0;
  const reader = async (process: number) => {
    for (let i = 0; i < READS; i++) {
      const key = KEYS[between(0, KEYS.length - 1)] ?? '';
      if (between(0, 5) === 0) await source.write(key, () => invalidate(process, key));
      const floor = source.acknowledged(key);
      let loaded = false;
      const answer = await read(process, key, () => {
        loaded = true;
        return source.load(key);
      });
      if (answer < floor) old++;
      if (!loaded) hits++;
    }
  };
  await Promise.all(Array.from({ length: READERS }, (_, process) => reader(process)));
  return { old, hits };
}

/** Cache-aside over a store's port alone. */
async function readThrough(
  store: HoldingStore,
  key: string,
  tags: string[],
  told: string[],
  load: () => Promise<number>,
) {
  for (;;) {
    const found = await store.lookup(key, tags);
    if ('hit' in found) return found.hit.value as number;
    if ('busy' in found) await found.busy;
    else if ('held' in found) return load();
    else if ('failed' in found) throw new Error(found.failed);
    else {
      const value = await load();
      await store.commit(key, recordOf(value, [...tags.slice(1), ...told]), found.miss);
      return value;
    }
  }
}

it.each(['a key', 'a tag', 'a tag that only the load tells', 'a mixture'])(
  'no read that begins after an invalidation by %s answers what was before it',
  async (by) => {
    const space = spaceOn(client, 'f');
    const stores = Array.from({ length: 4 }, () => space.store({ lockTime: 50 }));
    const storeOf = (process: number) => stores[process % stores.length] as HoldingStore;
    const targets = [
      (key: string) => invalidation({ hashes: [key] }),
      (key: string) => invalidation({ tags: [`t:known ${key}`] }),
      (key: string) => invalidation({ tags: [`t:told ${key}`] }),
    ];
    const kind = ['a key', 'a tag', 'a tag that only the load tells'].indexOf(by);
    const { old, hits } = await race(
      (process, key, load) =>
        readThrough(storeOf(process), key, [...EVERYTHING, `t:known ${key}`], [`t:told ${key}`], load),
      (process, key) =>
        storeOf(process).invalidate(targets[kind < 0 ? between(0, 2) : kind]?.(key) ?? invalidation({})),
    );
    expect(old).toBe(0);
    expect(hits).toBeGreaterThan(0);
    await space.close();
  },
);

it('nor while Redis evicts, is emptied, and forgets its scripts', async () => {
  const server = await startRedis();
  const own = new Redis(server.url);
  const space = spaceOn(own, 'f');
  const stores = Array.from({ length: 4 }, () => space.store({ lockTime: 50 }));
  const storeOf = (process: number) => stores[process % stores.length] as HoldingStore;
  let over = false;
  const losses = (async () => {
    for (let n = 0; !over; n++) {
      if (n % 40 === 0) await own.flushall();
      if (n % 25 === 0) await own.script('FLUSH');
      await own.del((await own.randomkey()) ?? 'none'); // as allkeys-random does
      await pause(between(0, 4));
    }
  })();
  const { old, hits } = await race(
    (process, key, load) =>
      readThrough(storeOf(process), key, [...EVERYTHING, `t:known ${key}`], [`t:told ${key}`], load),
    (process, key) => {
      const targets = [{ hashes: [key] }, { tags: [`t:known ${key}`] }, { tags: [`t:told ${key}`] }];
      return storeOf(process).invalidate(invalidation(targets[between(0, 2)] ?? {}));
    },
  );
  over = true;
  await losses;
  expect(old).toBe(0);
  expect(hits).toBeGreaterThan(0);
  await space.close();
  await own.quit();
  await server.stop();
});

it('GET, SET and DEL, as the pattern is usually written, do', async () => {
  const { old } = await race(
    async (_, key, load) => {
      const found = await client.get(`naive:${key}`);
      if (found !== null) return Number(found);
      const value = await load();
      await client.set(`naive:${key}`, value);
      return value;
    },
    (_, key) => client.del(`naive:${key}`),
  );
  expect(old).toBeGreaterThan(0);
});
