// `npm run bench -- [--rounds 5] [--only cache-aside] [--measures throughput,race] [--out FILE]`
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../harness/child.mjs';
import { commandLine, machine, publish } from '../harness/command-line.mjs';
import { contendersIn, versionsOf } from '../harness/contenders.mjs';
import { median, medians } from '../harness/median.mjs';
import { render } from './render.mjs';
import { startRedis } from './start-redis.mjs';

const PROCESSES = 4;
const REPEATS = 3;

const startedAt = Date.now();
const options = commandLine({ rounds: 5, measures: ['throughput', 'commands', 'stampede', 'race'] });
const contenders = await contendersIn(new URL('contenders/', import.meta.url), options.only);
const results = contenders.map(({ contender }) => ({ name: contender.name }));
const redis = await startRedis();

let spaces = 0;
const start = (file, namespace) =>
  startChild(new URL('contender-process.mjs', import.meta.url), { args: [file, redis.url, namespace] });

const MEASURES = {
  /** Rounds in turns: all contenders' processes live side by side, and each round visits every one of them. */
  async throughput() {
    const measured = contenders.flatMap(({ file, contender }, i) => (contender.hasMemory ? [] : [{ file, i }]));
    const children = measured.map(({ file }) => start(file, `s${spaces++}`));
    const rounds = children.map(() => []);
    for (let round = 0; round <= options.rounds; round++) {
      for (let turn = 0; turn < children.length; turn++) {
        const i = (turn + round) % children.length;
        const result = await children[i].ask('throughput');
        if (round > 0) rounds[i].push(result); // the first one warms up
      }
    }
    for (const [i, one] of measured.entries()) results[one.i].throughput = medians(rounds[i]);
    await Promise.all(children.map((child) => child.stop()));
  },

  commands: () =>
    eachContender(1, async ([child], result) => {
      result.commands = await child.ask('commands');
    }),

  /** Four processes with 250 callers each, all at the same instant, of one cold key whose load takes 200 ms. */
  stampede: () =>
    eachContender(PROCESSES, async (children, result) => {
      const runs = [];
      await Promise.all(children.map((child) => child.ask('read', 'warm up')));
      for (let i = 0; i < REPEATS; i++) {
        const input = { key: `cold${i}`, callers: 250, loadMs: 200, startAt: Date.now() + 50 };
        const answers = await Promise.all(children.map((child) => child.ask('stampede', input)));
        const loads = answers.reduce((sum, answer) => sum + answer.loads, 0);
        runs.push({ loads, slowest: Math.max(...answers.map(({ slowest }) => slowest)) });
      }
      result.stampede = {
        loads: Math.max(...runs.map(({ loads }) => loads)),
        slowest: median(runs.map(({ slowest }) => slowest)),
      };
    }),

  race: () => eachContender(2, race),
};

async function eachContender(processes, run) {
  for (const [i, { file, contender }] of contenders.entries()) {
    if (contender.readsOnly) continue;
    const namespace = `s${spaces++}`;
    const children = Array.from({ length: processes }, () => start(file, namespace));
    await run(children, results[i]);
    await Promise.all(children.map((child) => child.stop()));
  }
}

/** A load starts, the source changes, the key is invalidated, the load ends, somebody reads again. */
async function race([loading, other], result) {
  const seen = { during: [], after: [], quiet: [], loader: [], invalidator: [] };
  const both = (verb) => Promise.all([loading.ask(verb), other.ask(verb)]);
  const begin = async (key) => {
    await both('prepare');
    await loading.ask('beginLoad', key);
    await both('change');
  };
  await both('prepare');
  await sleep(100); // subscriptions
  for (let i = 0; i < REPEATS; i++) {
    await begin(`one${i}`);
    await loading.ask('invalidate', `one${i}`);
    seen.during.push(await loading.ask('readDuring', `one${i}`));
    await loading.ask('endLoad');
    seen.after.push(await loading.ask('read', `one${i}`));

    await begin(`quiet${i}`);
    await loading.ask('invalidate', `quiet${i}`);
    await loading.ask('endLoad');
    seen.quiet.push(await loading.ask('read', `quiet${i}`));

    await begin(`two${i}`);
    await other.ask('invalidate', `two${i}`);
    await loading.ask('endLoad');
    seen.loader.push(await loading.ask('read', `two${i}`));
    seen.invalidator.push(await other.ask('read', `two${i}`));
  }
  // One old answer is one too many.
  result.race = Object.fromEntries(
    Object.entries(seen).map(([when, answers]) => [when, answers.find((answer) => answer !== 'NEW') ?? 'NEW']),
  );
}

for (const measure of options.measures) {
  await MEASURES[measure]();
  console.error(`${measure} done after ${Math.round((Date.now() - startedAt) / 1000)} s`);
}
redis.stop();

const versions = versionsOf(
  new URL('./', import.meta.url),
  contenders.map(({ contender }) => contender),
);
const seconds = Math.round((Date.now() - startedAt) / 1000);
publish(
  render(`${machine()}, Redis ${redis.version}, ${seconds} s${versions}.`, results, options.measures),
  options.out,
);
