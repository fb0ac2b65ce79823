import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findRedis } from '../../scripts/binaries.mjs';

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
  /** What a machine does that dies: no goodbye. */
  kill(): Promise<void>;
  /** What a machine does that hangs. */
  freeze(): void;
  thaw(): void;
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
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    process.off('exit', killOnExit);
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    }
    await rm(dir, { recursive: true, force: true });
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
