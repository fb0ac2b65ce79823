import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findRedis } from '../../scripts/binaries.mjs';

const run = promisify(execFile);

export async function freePorts(count: number, limit = 65_535): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const probe = createServer();
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    if (port <= limit) ports.add(port);
  }
  return [...ports];
}

export interface RedisNode {
  port: number;
  url: string;
  stop(): Promise<void>;
}

export async function startRedis(extra: string[] = [], wantPort?: number): Promise<RedisNode> {
  const redis = findRedis();
  if (!redis)
    throw new Error(
      'redis-server was not found. Run `npm run setup`, or install Redis, or set REDIS_SERVER to its path.',
    );
  const port = wantPort ?? (await freePorts(1))[0] ?? 0;
  const dir = await mkdtemp(join(tmpdir(), 'cache-aside-redis-'));
  const child: ChildProcess = spawn(
    redis.server,
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      dir,
      '--daemonize',
      'no',
      ...extra,
    ],
    { env: { ...process.env, ...redis.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let log = '';
    const onData = (chunk: Buffer) => {
      log += chunk.toString();
      if (/Ready to accept connections/.test(log)) resolve();
    };
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${log}`)));
    child.once('error', reject);
  });
  child.removeAllListeners('exit');
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      process.off('exit', killOnExit);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export async function startCluster(masters = 3, replicas = 0): Promise<{ nodes: RedisNode[]; stop(): Promise<void> }> {
  const redis = findRedis();
  if (!redis) throw new Error('redis-server was not found. Run `npm run setup`.');
  // The cluster bus takes port + 10000, so stay under 55536.
  const ports = await freePorts(masters * (1 + replicas), 55_535);
  const nodes = await Promise.all(
    ports.map((port) =>
      startRedis(
        ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`, '--cluster-node-timeout', '2000'],
        port,
      ),
    ),
  );
  await run(
    redis.cli,
    [
      '--cluster',
      'create',
      ...ports.map((p) => `127.0.0.1:${p}`),
      '--cluster-replicas',
      String(replicas),
      '--cluster-yes',
    ],
    { env: { ...process.env, ...redis.env } },
  );
  // The tool returns when the nodes know each other; each of them takes a moment longer to serve its slots.
  for (const { port } of nodes) {
    const isServing = async () => {
      const { stdout } = await run(redis.cli, ['-p', String(port), 'cluster', 'info'], {
        env: { ...process.env, ...redis.env },
      });
      return stdout.includes('cluster_state:ok');
    };
    while (!(await isServing())) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { nodes, stop: async () => void (await Promise.all(nodes.map((n) => n.stop()))) };
}
