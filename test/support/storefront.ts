import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const start = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));

export interface StorefrontProcess {
  readonly url: string;
  /** What it has written until now. */
  said(): string;
  /** Ends it as a crash would: nothing is said to those who are connected. */
  kill(): Promise<void>;
}

/** Runs `npm start` on a free port, in a process of its own. */
export async function runStorefront(env: Record<string, string> = {}): Promise<StorefrontProcess> {
  const { REDIS_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [start], {
    env: { ...inherited, NODE_ENV: 'production', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      log += chunk.toString();
      const found = /http:\/\/localhost:\d+\//.exec(log);
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    void ended.then(() => reject(new Error(`The storefront ended before it was open:\n${log}`)));
  });
  return {
    url,
    said: () => log,
    async kill() {
      process.off('exit', killOnExit);
      child.kill('SIGKILL');
      await ended;
    },
  };
}
