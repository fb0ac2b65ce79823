import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePorts } from './redis.js';
import { until } from './until.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const npm = (dir: string, ...args: string[]) =>
  run('npm', args, {
    cwd: dir,
    env: { ...process.env, NODE_ENV: '', NEXT_TELEMETRY_DISABLED: '1' },
    maxBuffer: 2 ** 26,
  });

export interface Example {
  /** Runs it in a process of its own. */
  start(env?: Record<string, string>): Promise<ExampleProcess>;
}

export interface ExampleProcess {
  readonly url: string;
  kill(): Promise<void>;
}

/** Builds the package and installs and builds an example with a copy of it, as a user would. */
export async function installExample(name: string): Promise<Example> {
  const dir = join(root, 'examples', name);
  await npm(root, 'run', 'build', '--', '--silent');
  await npm(dir, 'ci');
  await npm(dir, 'run', 'build');
  return {
    async start(env = {}) {
      const [port] = await freePorts(1);
      const { REDIS_URL: _, ...inherited } = process.env;
      const child = spawn('npm', ['start'], {
        cwd: dir,
        env: { ...inherited, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', PORT: String(port), ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true, // a group of its own, since npm starts the server in a process below it
      });
      let log = '';
      let hasEnded = false;
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
      const killGroup = () => {
        if (child.pid !== undefined && !hasEnded) process.kill(-child.pid, 'SIGKILL');
      };
      process.once('exit', killGroup);
      const ended = new Promise<void>((resolve) =>
        child.once('close', () => {
          hasEnded = true;
          resolve();
        }),
      );
      const url = `http://localhost:${port}/`;
      await until(async () => {
        if (hasEnded) throw new Error(`${name} ended before it was open:\n${log}`);
        const answer = await fetch(url).catch(() => undefined);
        if (answer?.ok === false) throw new Error(`${name} answers ${answer.status}:\n${log}`);
        return answer !== undefined;
      });
      return {
        url,
        async kill() {
          process.off('exit', killGroup);
          killGroup();
          await ended;
        },
      };
    },
  };
}
