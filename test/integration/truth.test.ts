import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRedisKeys } from '../../src/node/redis-keys.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { pause } from '../support/redis-clients.js';
import { type ClusterNode, type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { KEYS, runTruth, type Verdict } from '../support/redis-truth.js';
import { until } from '../support/until.js';

/** How long things break, ms. */
const TIME = Number(process.env['TRUTH_TIME'] ?? 8_000);
const MINUTE = 60_000;

/** One line that can be quoted. */
function report(what: string, { reads, loads, writes, confirmed, old, unconfirmed, errors, faults }: Verdict) {
  const figures = `${reads} reads, ${loads} loads, ${writes} writes (${confirmed} confirmed), ${errors} errors`;
  const broken = Object.entries(faults).map(([name, count]) => `${count} ${name}`);
  const late = `${unconfirmed.count} old ones before the confirmation (at most ${unconfirmed.latest} ms after the invalidation)`;
  console.info(`truth, ${what}: ${figures}; ${broken.join(', ')}; ${old.count} old reads, ${late}`);
}

const killClients = (admin: Redis, type: string) => admin.call('CLIENT', 'KILL', 'TYPE', type);

describe('one server, whose connections are killed and which comes back empty or older, and processes that are frozen', () => {
  let server: RedisNode;
  let admin: Redis;
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cache-aside-truth-'));
    server = await startRedis();
    admin = new Redis(server.url, { retryStrategy: () => 50 });
    admin.on('error', () => {});
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const run = (kind: 'ours' | 'naive') =>
    runTruth({
      kind,
      redis: [server.url],
      namespace: kind,
      ms: TIME,
      ttl: 10 * MINUTE,
      faults: {
        'killed subscriptions': () => killClients(admin, 'pubsub'),
        'killed connections': () => killClients(admin, 'normal'),
        'script flushes': () => admin.call('SCRIPT', 'FLUSH'),
      },
      blow: {
        name: 'restart empty, 1 from an older snapshot',
        async run() {
          await server.stop();
          server = await startRedis(['--dir', dir], server.port);
          await pause(TIME / 6);
          await until(async () => (await admin.save().catch(() => '')) === 'OK');
          await pause(TIME / 10);
          await server.kill();
          server = await startRedis(['--dir', dir], server.port);
        },
      },
    });

  it(
    'no read begun after a confirmed invalidation answers what was before it',
    async () => {
      const verdict = await run('ours');
      report('one server', verdict);
      expect(verdict.old).toEqual({ count: 0, latest: 0 });
      expect(verdict.confirmed).toBeGreaterThan(20);
      expect(verdict.reads).toBeGreaterThan(3 * verdict.loads);
    },
    2 * MINUTE,
  );

  it(
    'GET, SET and DEL answer it',
    async () => {
      const verdict = await run('naive');
      report('one server, GET, SET and DEL', verdict);
      expect(verdict.old.count).toBeGreaterThan(0);
    },
    2 * MINUTE,
  );
});

describe('a cluster, whose slots move and one of whose masters dies', () => {
  const ttl = 4_000;
  let cluster: RedisCluster;
  beforeEach(async () => {
    cluster = await startCluster(3, 3);
  }, MINUTE);
  afterEach(() => cluster.stop());

  const any = <T>(list: readonly T[]) => list[Math.floor(Math.random() * list.length)] as T;
  const keys = createRedisKeys('ours');
  const each = Array.from({ length: KEYS }, (_, i) => i);
  const names = {
    ours: each.flatMap((i) => [
      keys.entry(i % 2 === 0 ? `["item",${i}]` : `["item",${i},"part"]`),
      keys.tag(`t:known ${i}`),
    ]),
    naive: each.map((i) => `naive:${i}`),
  };

  const run = (kind: 'ours' | 'naive') => {
    const [a, b, c] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
    return runTruth({
      kind,
      redis: cluster.urls,
      namespace: kind,
      ms: kind === 'ours' ? TIME : TIME / 2, // what is wrong shows soon
      ttl,
      faults: {
        'killed subscriptions': () => killClients(any(cluster.nodes).admin, 'pubsub'),
        'killed connections': () => killClients(any(cluster.nodes).admin, 'normal'),
      },
      blow: {
        name: 'dead master, after slots had moved',
        async run() {
          for (const name of names[kind].slice(0, 12)) {
            await cluster.moveSlot(Number(await a.admin.cluster('KEYSLOT', name)), any([a, b, c]), () => pause(20));
          }
          await c.kill();
          await until(async () => (await cluster.replicaOf(c).admin.info('replication')).includes('role:master'));
        },
      },
    });
  };

  it(
    'no read begun after a confirmed invalidation answers what was before it, but for what the dead master had not passed on',
    async () => {
      const verdict = await run('ours');
      report('a cluster', verdict);
      expect(verdict.old.latest).toBeLessThanOrEqual(ttl);
      expect(verdict.confirmed).toBeGreaterThan(20);
      expect(verdict.reads).toBeGreaterThan(3 * verdict.loads);
    },
    2 * MINUTE,
  );

  it(
    'GET, SET and DEL answer it',
    async () => {
      const verdict = await run('naive');
      report('a cluster, GET, SET and DEL', verdict);
      expect(verdict.old.count).toBeGreaterThan(0);
    },
    2 * MINUTE,
  );
});
