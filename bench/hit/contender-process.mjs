// One contender in a process of its own, with the control beside it. run.mjs asks it for rounds.
import { serve } from '../harness/child.mjs';
import control from './contenders/map-promise.mjs';
import { growth } from './measures/growth.mjs';
import { heap } from './measures/heap.mjs';
import { arrayKey, hit, peek } from './measures/hit.mjs';
import { miss, stampede } from './measures/miss.mjs';
import { tags } from './measures/tags.mjs';

const measures = { hit, peek, miss, stampede, arrayKey, growth, heap, tags };
const { default: contender } = await import(new URL(`contenders/${process.argv[2]}`, import.meta.url).href);
const loops = await Promise.all(['control', 'own'].map((side) => import(`./loops.mjs?${side}`)));

const prepared = new Map();

serve({
  /** One round of a measure, prepared at its first; `undefined` if the contender cannot do such a thing. */
  async round(name) {
    if (!prepared.has(name)) prepared.set(name, await measures[name]({ contender, control, loops }));
    return prepared.get(name)?.();
  },
});
