import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from './redis.js';
import { pause } from './redis-clients.js';
import { until } from './until.js';

export interface TruthOptions {
  readonly kind: 'ours' | 'naive';
  /** One URL for a single server, more for a cluster. */
  readonly redis: string[];
  readonly namespace: string;
  readonly ms: number;
  /** How long what is stored lives, ms. */
  readonly ttl: number;
  /** What happens at random, again and again. */
  readonly faults: Readonly<Record<string, () => Promise<unknown>>>;
  /** What happens once, in the middle, and what it is. */
  readonly blow?: { readonly name: string; run(): Promise<unknown> };
}

export interface Verdict {
  readonly reads: number;
  readonly loads: number;
  readonly writes: number;
  readonly confirmed: number;
  /** Reads begun after a confirmed invalidation that answered what was before it. */
  readonly old: Late;
  /** The same after invalidations that were durable, confirmed or not. */
  readonly unconfirmed: Late;
  readonly errors: number;
  /** What broke, and how often. */
  readonly faults: Readonly<Record<string, number>>;
}

export interface Late {
  readonly count: number;
  /** How long after the invalidation such a read began at most, ms. */
  readonly latest: number;
}

export const KEYS = 12;
const READERS = 4;
const script = join(import.meta.dirname, 'redis-truth-process.mjs');

interface Answer {
  ready?: true;
  version?: number;
  log?: number[][];
  loads?: number;
  errors?: number;
}

/** Four processes read and one writes, while things break. What they saw is compared afterwards, by one clock. */
export async function runTruth(options: TruthOptions): Promise<Verdict> {
  const { faults, blow, ms, ...rest } = options;
  const source = await startRedis();
  const database = new Redis(source.url);
  const start = (role: string) => startProcess({ ...rest, role, source: source.url, keys: KEYS });
  const readers = await Promise.all(Array.from({ length: READERS }, () => start('reader')));
  const writer = await start('writer');
  const all = [...readers, writer];
  const counts: Record<string, number> = {};
  try {
    const frozen = async () => {
      const victim = all[Math.floor(Math.random() * all.length)];
      victim?.child.kill('SIGSTOP');
      await pause(200 + Math.random() * 800);
      victim?.child.kill('SIGCONT');
    };
    await breakThings({ ...faults, 'frozen processes': frozen }, blow, ms, counts);
    const [written, ...read] = await Promise.all([writer, ...readers].map((one) => one.ask({ command: 'stop' })));
    if (rest.kind === 'ours') await converge(readers, database);
    await Promise.all(all.map((one) => one.end()));
    return { ...judge(written?.log ?? [], read), faults: counts };
  } finally {
    for (const { child } of all) child.kill('SIGKILL');
    database.disconnect();
    await source.stop();
  }
}

async function startProcess(options: object) {
  const child: ChildProcess = fork(script, [JSON.stringify(options)]);
  const answers: ((answer: Answer) => void)[] = [];
  child.on('message', (answer: Answer) => answers.shift()?.(answer));
  await new Promise<Answer>((resolve) => answers.push(resolve));
  return {
    child,
    ask: (message: object) =>
      new Promise<Answer>((resolve) => {
        answers.push(resolve);
        child.send(message);
      }),
    async end() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.send({ command: 'exit' });
      await ended;
    },
  };
}
type Process = Awaited<ReturnType<typeof startProcess>>;

async function breakThings(
  faults: TruthOptions['faults'],
  blow: TruthOptions['blow'],
  ms: number,
  counts: Record<string, number>,
) {
  const until = performance.now() + ms;
  const names = Object.keys(faults);
  const blowing = blow && pause(ms / 3).then(blow.run);
  while (performance.now() < until) {
    await pause(100 + Math.random() * 400);
    const name = names[Math.floor(Math.random() * names.length)] ?? '';
    // One breakage may keep another from happening.
    const happened = await faults[name]?.().then(
      () => 1,
      () => 0,
    );
    counts[name] = (counts[name] ?? 0) + (happened ?? 0);
  }
  await blowing;
  if (blow) counts[blow.name] = 1;
}

/** No key stays old for ever: when all is well again, everybody comes to what the source says. */
async function converge(readers: readonly Process[], database: Redis) {
  for (let key = 0; key < KEYS; key++) {
    const version = Number((await database.get(`v${key}`)) ?? 0);
    for (const reader of readers) {
      await until(async () => (await reader.ask({ command: 'read', key })).version === version);
    }
  }
}

/** Compares what was read with what had been declared untrue when the read began. */
function judge(writes: readonly number[][], readers: readonly Answer[]): Omit<Verdict, 'faults'> {
  const reads = readers.flatMap(({ log = [] }) => log);
  const sum = (of: 'loads' | 'errors') => readers.reduce((total, one) => total + (one[of] ?? 0), 0);
  return {
    reads: reads.length,
    loads: sum('loads'),
    writes: writes.length,
    confirmed: writes.filter(([, , , confirmedAt = -1]) => confirmedAt > 0).length,
    old: lateReads(reads, writes, 3),
    unconfirmed: lateReads(reads, writes, 2),
    errors: sum('errors'),
  };
}

/** @param column where a write's log has the time from which on reads must know of it */
function lateReads(reads: readonly number[][], writes: readonly number[][], column: 2 | 3): Late {
  const told = Array.from({ length: KEYS }, (_, key) =>
    writes.filter((one) => one[0] === key && (one[column] ?? -1) > 0),
  );
  let count = 0;
  let latest = 0;
  for (const [key = 0, startedAt = 0, version = 0] of reads) {
    // The first invalidation that this read should have known of and did not.
    const missed = told[key]?.find((one) => (one[1] ?? 0) > version && (one[column] ?? 0) < startedAt);
    if (missed === undefined) continue;
    count++;
    latest = Math.max(latest, Math.round(startedAt - (missed[column] ?? 0)));
  }
  return { count, latest };
}
