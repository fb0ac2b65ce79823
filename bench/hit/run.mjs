// `npm run bench -- [--rounds 9] [--only lru] [--measures hit,peek] [--out FILE]`
import { startChild } from '../harness/child.mjs';
import { commandLine, machine, publish } from '../harness/command-line.mjs';
import { contendersIn, versionsOf } from '../harness/contenders.mjs';
import { medians } from '../harness/median.mjs';
import { render } from './render.mjs';

/** Rounds in turns: all contenders' processes live side by side, and each round visits every one of them. */
const INTERLEAVED = ['hit', 'peek', 'miss', 'stampede', 'arrayKey'];
/** Large caches: one process after the other, and fewer rounds. */
const ALONE = { growth: 5, heap: 1, tags: 3 };

const startedAt = Date.now();
const options = commandLine({ rounds: 9, measures: [...INTERLEAVED, ...Object.keys(ALONE)] });
const contenders = await contendersIn(new URL('contenders/', import.meta.url), options.only);
const results = contenders.map(({ contender }) => ({ name: contender.name }));

const start = (file) =>
  startChild(new URL('contender-process.mjs', import.meta.url), { args: [file], execArgv: ['--expose-gc'] });

async function inTurns(measures) {
  const children = contenders.map(({ file }) => start(file));
  for (const measure of measures) {
    const rounds = contenders.map(() => []);
    // The first round prepares and warms up; it isn't counted.
    for (let round = 0; round <= options.rounds; round++) {
      for (let turn = 0; turn < contenders.length; turn++) {
        const i = (turn + round) % contenders.length;
        const result = await children[i].ask('round', measure);
        if (result !== undefined && round > 0) rounds[i].push(result);
      }
    }
    for (const [i, result] of results.entries()) result[measure] = medians(rounds[i]);
    console.error(`${measure} done after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }
  await Promise.all(children.map((child) => child.stop()));
}

async function alone(measure) {
  const count = Math.min(ALONE[measure], options.rounds);
  for (const [i, { file, contender }] of contenders.entries()) {
    if (contender.readsOnly) continue;
    const child = start(file);
    const rounds = [];
    for (let round = measure === 'heap' ? 1 : 0; round <= count; round++) {
      const result = await child.ask('round', measure);
      if (result === undefined) break;
      if (round > 0) rounds.push(result);
    }
    results[i][measure] = medians(rounds);
    await child.stop();
  }
  console.error(`${measure} done after ${Math.round((Date.now() - startedAt) / 1000)} s`);
}

await inTurns(INTERLEAVED.filter((measure) => options.measures.includes(measure)));
for (const measure of Object.keys(ALONE)) if (options.measures.includes(measure)) await alone(measure);

const versions = versionsOf(
  new URL('./', import.meta.url),
  contenders.map(({ contender }) => contender),
);
const header = `${machine()}, ${Math.round((Date.now() - startedAt) / 1000)} s${versions}.`;
publish(render(header, results, options.measures), options.out);
