import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache, tierOf } from '../../src/index.js';
import { memoryAlone, sharedMemory } from './places.js';
import { type Faults, type Place, truth } from './truth.js';
import type { Library } from './world.js';

/** A check that is taken out of the source, and what stands in its place. */
interface Mutant {
  readonly without: string;
  readonly file: string;
  /** What is taken out, and what comes in its place. */
  readonly edits: readonly (readonly [string, string])[];
  /** Where it comes out. @default anywhere */
  readonly places?: readonly Place[];
  /** Only stores that fail bring it out. */
  readonly faults?: Faults;
}

const MUTANTS: readonly Mutant[] = [
  {
    without: 'the commit check of memory: what was invalidated since its load began is kept all the same',
    file: 'cache/reading/keep.ts',
    edits: [[`raised === 'hard' ||`, '']],
  },
  {
    without: 'the stamp check: an entry whose tag was invalidated is answered',
    file: 'tiers/memory.ts',
    edits: [['mark.invalidatedAt > entry.generation', 'false']],
  },
  {
    without: 'the gap check: memory is trusted although messages were lost',
    file: 'coherence/fence.ts',
    edits: [['this.suspectedAt = this.now;', '']],
    places: [sharedMemory],
  },
  {
    without: 'the check of who joins: a reader joins a load from before the invalidation',
    file: 'cache/reading/flights.ts',
    edits: [['flight !== undefined && raised(flight) === undefined ? flight : undefined', 'flight']],
    places: [sharedMemory],
  },
  {
    without: 'the check of what is joined: a load tells too late which tags it has',
    file: 'cache/reading/flights.ts',
    edits: [[`raised(flight) === 'hard' ? again() : value`, 'value']],
  },
  {
    without: 'the second raise: what was looked up before the store had taken the invalidation is kept',
    file: 'cache/writing/invalidate.ts',
    edits: [['if (below !== undefined) apply(invalidation);', '']],
  },
  {
    without: 'the check of set: a value that was invalidated meanwhile is stored',
    file: 'cache/writing/set.ts',
    edits: [['const isOvertaken = isOld || isPast(since, hash, tags);', 'const isOvertaken = isOld;']],
  },
  {
    without: 'the other half of the check of set: what was expired meanwhile is stored as fresh',
    file: 'cache/writing/set.ts',
    edits: [
      [
        'fence.raisedSince(since, hash, tags) !== undefined',
        '/hard|suspect/.test(String(fence.raisedSince(since, hash, tags)))',
      ],
    ],
  },
  {
    without: 'the time before the save: what a mutation has saved is stored after another has ended',
    file: 'cache/writing/set.ts',
    edits: [['write !== undefined && isPast(write.since, hash, tags)', 'false']],
  },
  {
    without: 'the hold in the store: others store what they load during a mutation',
    file: 'tiers/shared-tier.ts',
    edits: [['holdFor > 0 && canHold(store)', 'false']],
    places: [sharedMemory],
  },
  {
    without: 'the hold in memory: what is loaded during a mutation is kept',
    file: 'cache/reading/keep.ts',
    edits: [[' || fence.isHeld([hash], entry.tags)', '']],
  },
  {
    without: 'the hold after the save: what is loaded while a replica lags is kept',
    file: 'cache/writing/mutate.ts',
    edits: [['if (settle > 0) releaseAfter(settle, release, invalidation);\n        else release();', 'release();']],
  },
  {
    without: 'the division: an invalidation meanwhile makes the store let go of what is held',
    file: 'cache/writing/writes-below.ts',
    edits: [['divide(fence, invalidation);', '{ held: undefined, free: invalidation };']],
  },
  {
    without: 'the tags of what stands in: a load that fails is answered by what its own tag has made untrue',
    file: 'cache/reading/fail.ts',
    edits: [['[...flight.tags, ...(fallback?.tags ?? [])]', '[...flight.tags]']],
  },
  {
    without: 'the lookup that is overtaken: a refresh loads besides a load that is about to begin',
    file: 'cache/reading/load.ts',
    edits: [['if (flight.abandoned || flight.instead !== undefined)', 'if (flight.abandoned)']],
  },
  {
    without: 'the overtaking: a refresh joins a load from before it',
    file: 'cache/reading/flights.ts',
    edits: [["purpose === 'refresh' && before?.promise !== undefined", 'false']],
  },
  {
    without: 'the load of its own: a refresh takes what others began to load before it',
    file: 'cache/reading/descend.ts',
    edits: [["(lookups > 0 && purpose !== 'refresh')", 'lookups > 0']],
    places: [sharedMemory],
  },
  {
    without: 'the end of what is overtaken: what a lookup finds too late is kept, if what is newer was evicted',
    file: 'cache/reading/descend.ts',
    edits: [['flight.isOutdated || ', '']],
    places: [sharedMemory],
  },
  {
    without: 'the journal: a store that owes an invalidation is read',
    file: 'tiers/shared-tier.ts',
    edits: [
      ['if (journal.owed().length > 0 && !(await caughtUp())) return undefined;\n      let asked', 'let asked'],
      ['found !== undefined && journal.owed().length === 0', 'found !== undefined'],
    ],
    places: [sharedMemory],
    faults: 'of stores',
  },
  {
    without: 'the second message: what the store has taken late is not told again',
    file: 'tiers/shared-tier.ts',
    edits: [['merge(owed).forEach(delivered);', '']],
    places: [sharedMemory],
    faults: 'of stores',
  },
];

const source = join(import.meta.dirname, '../../src');

/** The package with one check taken out. */
async function breed({ file, edits }: Mutant): Promise<Library> {
  let contents = await readFile(join(source, file), 'utf8');
  for (const [text, instead] of edits) {
    expect(contents.split(text), `${file} has this once: ${text}`).toHaveLength(2);
    contents = contents.replace(text, instead);
  }
  const mutate: Plugin = {
    name: 'mutate',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => (path === join(source, file) ? { contents, loader: 'ts' } : undefined));
    },
  };
  const bundle = { bundle: true, write: false, format: 'esm', platform: 'node', target: 'es2022' } as const;
  const { outputFiles } = await build({ ...bundle, entryPoints: [join(source, 'index.ts')], plugins: [mutate] });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  const module: unknown = await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`);
  return module as Library;
}

/** How many runs at most a mutant may survive. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 50_000);

it.each(MUTANTS)('the model finds what is wrong without $without', { timeout: 300_000 }, async (mutant) => {
  const { places = [memoryAlone, sharedMemory], faults = 'none' } = mutant;
  const property = truth(await breed(mutant), places, faults);
  const found = await fc.check(property, { numRuns: RUNS, endOnFailure: true });
  const end = found.failed
    ? `found after ${found.numRuns} runs: ${found.errorInstance}`
    : `survived ${found.numRuns} runs`;
  console.log(`${mutant.file}: ${end}`);
  expect(found.failed).toBe(true);
  // That very history is none that the model would find fault with anyway.
  const again = { seed: found.seed, path: found.counterexamplePath ?? '', numRuns: 1, endOnFailure: true };
  expect((await fc.check(truth({ createCache, tierOf }, places, faults), again)).failed).toBe(false);
});
