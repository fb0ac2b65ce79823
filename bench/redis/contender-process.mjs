// One contender in a process of its own, with the control beside it. run.mjs tells it what to do.
import { serve } from '../harness/child.mjs';
import control from './contenders/seed.mjs';
import { commands } from './measures/commands.mjs';
import { throughput } from './measures/throughput.mjs';
import { createActor } from './measures/truth.mjs';

const [file, url, namespace] = process.argv.slice(2);
const { default: contender } = await import(new URL(`contenders/${file}`, import.meta.url).href);
const parts = { contender, control, url, namespace };

let measure;
let actor;
/** @param {string} verb */
const act = (verb) => async (input) => {
  actor ??= createActor(parts);
  return (await actor)[verb](input);
};

serve({
  async throughput() {
    measure ??= await throughput(parts);
    return measure();
  },
  commands: () => commands(parts),
  ...Object.fromEntries(
    ['stampede', 'prepare', 'beginLoad', 'change', 'invalidate', 'readDuring', 'endLoad', 'read'].map((verb) => [
      verb,
      act(verb),
    ]),
  ),
});
