// One process of the truth harness: reads or writes until told to stop, and keeps a log that can be compared with others'.
import { setTimeout as pause } from 'node:timers/promises';
import { createCache, tierOf } from 'cache-aside';
import { createRedis } from 'cache-aside/node';
import { Cluster, Redis } from 'ioredis';

/** @type {{ role: 'reader' | 'writer', kind: 'ours' | 'naive', redis: string[], source: string, namespace: string, keys: number, ttl: number }} */
const { role, kind, redis, source, namespace, keys, ttl } = JSON.parse(process.argv[2] ?? '{}');
const LANES = 3;
const CONFIRM = 500;

const eager = { retryStrategy: () => 50, clusterRetryStrategy: () => 50, maxRetriesPerRequest: 1 };
const client =
  redis.length > 1 ? new Cluster(redis, { ...eager, redisOptions: eager }) : new Redis(redis[0] ?? '', eager);
client.on('error', () => {});
/** What plays the database: it knows no faults. */
const database = new Redis(source);

/** The same clock for all processes of this machine, ms. */
const now = () => Number(process.hrtime.bigint()) / 1e6;
const between = (/** @type {number} */ least, /** @type {number} */ most) => least + Math.random() * (most - least);

let loads = 0;
const load = async (/** @type {number} */ key) => {
  loads++;
  const version = Number((await database.get(`v${key}`)) ?? 0);
  await pause(between(0, 15)); // the answer travels, and is old by then
  return version;
};

/** @typedef {{ read(key: number): Promise<number>, invalidate(key: number): Promise<[durableAt: number, confirmedAt: number]>, close(): Promise<void> }} Side */

/** @returns {Side} */
function ours() {
  const { store, bus } = createRedis({ redis: client, namespace });
  const cache = createCache({ tier: tierOf(store), bus, ttl });
  const targets = [
    (/** @type {number} */ key) => ({ key: ['item', key] }),
    (/** @type {number} */ key) => ({ tags: [`known ${key}`] }),
    (/** @type {number} */ key) => ({ tags: [`told ${key}`] }),
    (/** @type {number} */ key) => ({ prefix: ['item', key] }),
  ];
  return {
    read: (key) =>
      cache.get(
        ['item', key, 'part'].slice(0, key % 2 === 0 ? 2 : 3),
        ({ tag }) => {
          tag(`told ${key}`);
          return load(key);
        },
        { tags: [`known ${key}`] },
      ),
    async invalidate(key) {
      // Odd keys lie below the prefix that even keys are themselves.
      const target = targets[key % 2 === 0 ? Math.floor(between(0, 3)) : Math.floor(between(1, 4))]?.(key);
      const { durable } = await cache.invalidate(/** @type {any} */ (target));
      const durableAt = durable ? now() : -1;
      return [durableAt, durable && (await bus.confirm?.(CONFIRM)) ? now() : -1];
    },
    close: () => cache.close(),
  };
}

/** The pattern as it is usually written. */
/** @returns {Side} */
function naive() {
  const name = (/** @type {number} */ key) => `${namespace}:${key}`;
  return {
    async read(key) {
      const found = await client.get(name(key)).catch(() => null);
      if (found !== null) return Number(found);
      const version = await load(key);
      await client.set(name(key), version, 'PX', ttl).catch(() => {});
      return version;
    },
    async invalidate(key) {
      const at = await client.del(name(key)).then(now, () => -1);
      return [at, at];
    },
    async close() {},
  };
}

const side = kind === 'ours' ? ours() : naive();
/** Of a reader: key, start, version. Of a writer: key, version, and when its invalidation was durable and confirmed; -1 for never. */
/** @type {number[][]} */
const log = [];
let errors = 0;
let running = true;

async function readOne() {
  const key = Math.floor(between(0, keys));
  const startedAt = now();
  const version = await side.read(key);
  log.push([key, startedAt, version]);
  await pause(between(0, 4));
}

/** Each lane has keys of its own, so that the versions of a key are invalidated in their order. */
async function writeOne(/** @type {number} */ lane) {
  const key = lane + LANES * Math.floor(between(0, keys / LANES));
  const version = await database.incr(`v${key}`);
  log.push([key, version, ...(await side.invalidate(key))]);
  await pause(between(0, 40));
}

const lanes = Array.from({ length: LANES }, async (_, lane) => {
  while (running) {
    await (role === 'reader' ? readOne() : writeOne(lane)).catch(() => {
      errors++;
      return pause(5);
    });
  }
});

process.on('message', (/** @type {{ command: 'stop' | 'read' | 'exit', key: number }} */ { command, key }) => {
  if (command === 'stop') {
    running = false;
    void Promise.all(lanes).then(() => process.send?.({ log, loads, errors }));
  } else if (command === 'read') {
    void side.read(key).then(
      (version) => process.send?.({ version }),
      () => process.send?.({ version: -1 }),
    );
  } else {
    void side.close().then(() => process.exit(0));
  }
});
process.send?.({ ready: true });
