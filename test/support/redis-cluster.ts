import { Redis } from 'ioredis';
import { freePorts, type RedisNode, startRedis } from './redis.js';
import { until } from './until.js';

const SLOTS = 16_384;

export interface ClusterNode extends RedisNode {
  readonly id: string;
  /** Commands to this node alone. */
  readonly admin: Redis;
}

export interface RedisCluster {
  /** The masters first, as they were in the beginning. */
  readonly nodes: readonly ClusterNode[];
  readonly urls: string[];
  /** The replica of a master, as it was in the beginning. */
  replicaOf(master: ClusterNode): ClusterNode;
  /** The master that has a slot now. */
  ownerOf(slot: number): Promise<ClusterNode>;
  /** Moves a slot with all that is in it to another master, as an operator does while everybody goes on. */
  moveSlot(slot: number, to: ClusterNode, pace?: () => Promise<unknown>): Promise<void>;
  /** Begins that: from now on a key is where it was until it is moved, and is asked for at the other node after that. */
  beginMove(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>;
  moveKey(name: string, from: ClusterNode, to: ClusterNode): Promise<void>;
  /** Moves what is left, and gives the slot away. */
  endMove(slot: number, from: ClusterNode, to: ClusterNode, pace?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** A real cluster on loopback: masters with equal shares of the slots, and replicas for them in turn. */
export async function startCluster(masters = 3, replicas = 0): Promise<RedisCluster> {
  // The cluster bus takes port + 10000, so stay under 55536.
  const ports = await freePorts(masters + replicas, 55_535);
  const nodes = await Promise.all(ports.map(startNode));
  const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]];
  for (const node of others) await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', node.port);
  for (const [i, { admin }] of nodes.slice(0, masters).entries()) {
    const [from, to] = [i, i + 1].map((share) => Math.floor((SLOTS * share) / masters)) as [number, number];
    await admin.call('CLUSTER', 'ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
  }
  await until(async () => {
    const known = await Promise.all(nodes.map(({ admin }) => admin.call('CLUSTER', 'INFO')));
    return known.every((info) => String(info).includes(`cluster_known_nodes:${nodes.length}`));
  });
  const masterOf = (replica: number) => nodes[replica % masters] as ClusterNode;
  for (const [i, { admin }] of nodes.slice(masters).entries()) {
    await admin.call('CLUSTER', 'REPLICATE', masterOf(i).id);
  }
  await until(async () => (await Promise.all(nodes.map(isServing))).every(Boolean));
  const cluster: RedisCluster = {
    nodes,
    urls: nodes.map(({ url }) => url),
    replicaOf: (master) => nodes[masters + nodes.indexOf(master)] as ClusterNode,
    async ownerOf(slot) {
      const alive = nodes.find(({ admin }) => admin.status === 'ready');
      const id = alive && (await ownerBy(alive, slot));
      return nodes.find((node) => node.id === id) as ClusterNode;
    },
    async moveSlot(slot, to, pace) {
      const from = await cluster.ownerOf(slot);
      if (from === to) return;
      await cluster.beginMove(slot, from, to);
      await cluster.endMove(slot, from, to, pace);
    },
    async beginMove(slot, from, to) {
      await to.admin.cluster('SETSLOT', slot, 'IMPORTING', from.id);
      await from.admin.cluster('SETSLOT', slot, 'MIGRATING', to.id);
    },
    async moveKey(name, from, to) {
      await from.admin.migrate('127.0.0.1', to.port, name, 0, 5_000);
    },
    async endMove(slot, from, to, pace = async () => {}) {
      for (;;) {
        const [name] = (await from.admin.cluster('GETKEYSINSLOT', slot, 1)) as string[];
        if (name === undefined) break;
        await cluster.moveKey(name, from, to);
        await pace();
      }
      const alive = nodes.filter(({ admin }) => admin.status === 'ready');
      // The new owner claims the slot with an epoch above all that it has heard of. If it has not yet heard of an
      // epoch of the old owner's, its claim counts for less: a third node hands the slot back, and the two point at each
      // other for ever.
      await until(() => agree(alive, epochsBy));
      for (const { admin } of [to, from]) await admin.cluster('SETSLOT', slot, 'NODE', to.id);
      await until(async () =>
        (await Promise.all(alive.map((node) => ownerBy(node, slot)))).every((id) => id === to.id),
      );
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
  return cluster;
}

/** Who has a slot, as this node knows. */
async function ownerBy({ admin }: ClusterNode, slot: number): Promise<string | undefined> {
  const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][];
  return ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][2];
}

/** The epoch with which each master claims its slots, as this node knows. */
async function epochsBy({ admin }: ClusterNode): Promise<string> {
  const lines = String(await admin.call('CLUSTER', 'NODES')).split('\n');
  const masters = lines.map((line) => line.split(' ')).filter(([, , flags]) => flags?.includes('master'));
  return masters
    .map(([id, , , , , , epoch]) => `${id} ${epoch}`)
    .sort()
    .join();
}

async function agree(nodes: ClusterNode[], ask: (node: ClusterNode) => Promise<string>): Promise<boolean> {
  return new Set(await Promise.all(nodes.map(ask))).size === 1;
}

async function startNode(port: number): Promise<ClusterNode> {
  const options = ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`];
  const node = await startRedis(
    [...options, '--cluster-node-timeout', '1500', '--repl-diskless-sync-delay', '0'],
    port,
  );
  const admin = new Redis(node.url, { retryStrategy: () => 200, maxRetriesPerRequest: 0 });
  admin.on('error', () => {});
  const id = String(await admin.call('CLUSTER', 'MYID'));
  const ended =
    (end: () => Promise<void>): (() => Promise<void>) =>
    async () => {
      admin.disconnect();
      await end();
    };
  return { ...node, id, admin, stop: ended(node.stop), kill: ended(node.kill) };
}

/** Whether it takes part: the cluster is whole, and a replica has all that its master has. */
async function isServing({ admin }: ClusterNode): Promise<boolean> {
  const [info, replication] = await Promise.all([admin.call('CLUSTER', 'INFO'), admin.info('replication')]);
  return String(info).includes('cluster_state:ok') && !replication.includes('master_link_status:down');
}
