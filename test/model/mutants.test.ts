import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memoryAlone, sharedMemory } from './places.js';
import { type Faults, type Place, truth } from './truth.js';
import type { Library } from './world.js';

/** A check that is taken out of the source, and what stands in its place. */
interface Mutant {
  readonly without: string;
  readonly file: string;
  /** What is taken out, and what comes in its place. */
  readonly edits: readonly (readonly [string, string])[];
  /** What brings it out. @default nothing of the kind */
  readonly faults?: Faults;
  /** @default memory alone, and a shared store */
  readonly places?: readonly Place[];
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
  },
  {
    without: 'the check of who joins: a reader joins a load from before the invalidation',
    file: 'cache/reading/flights.ts',
    edits: [['flight !== undefined && raised(flight) === undefined ? flight : undefined', 'flight']],
  },
  {
    without: 'the check of what is joined: a load tells too late which tags it has',
    file: 'cache/reading/flights.ts',
    edits: [[`raised(flight) === 'hard' ? flights.foreground(request, undefined, signal) : value`, 'value']],
  },
  {
    without: 'the second raise: what was looked up before the store had taken the invalidation is kept',
    file: 'cache/writing/invalidate.ts',
    edits: [['if (tier !== undefined) apply(invalidation);', '']],
  },
  {
    without: 'the check of set: a value that was invalidated meanwhile is stored',
    file: 'cache/writing/set.ts',
    edits: [['const isOvertaken = isOld || isPast(since, hash, tags);', 'const isOvertaken = isOld;']],
  },
  {
    without: 'the check of what a write tells: another write of the key has ended since it began',
    file: 'cache/writing/set.ts',
    edits: [['write !== undefined && isPast(write.since, hash, tags)', 'false']],
  },
  {
    without: 'the hold of memory: what is loaded during a mutation is kept',
    file: 'cache/reading/keep.ts',
    edits: [['|| fence.isHeld([hash], entry.tags)', '']],
  },
  {
    without: 'the hold of the store: what others load during a mutation is kept',
    file: 'tiers/shared-tier.ts',
    edits: [['holdFor > 0 && canHold(store) ? store.hold(invalidation, holdFor) : ', '']],
  },
  {
    without: 'the tags of what stands in for a failed load, which only its own load has told',
    file: 'cache/reading/fail.ts',
    edits: [[', ...(fallback?.tags ?? [])', '']],
    faults: 'of the source',
    places: [memoryAlone],
  },
  {
    without: 'the wait of a refresh: it loads beside a read that is still looking the key up',
    file: 'cache/reading/flights.ts',
    edits: [
      [
        'const flight = joinable(request.hash);\n      const answer',
        "const flight = joinable(request.hash)?.stage === 'load' ? joinable(request.hash) : undefined;\n      const answer",
      ],
    ],
  },
  {
    without: 'the journal: a store that owes an invalidation is read',
    file: 'tiers/shared-tier.ts',
    edits: [
      ['if (journal.owed().length > 0 && !(await caughtUp())) return undefined;\n      let asked', 'let asked'],
      ['found !== undefined && journal.owed().length === 0', 'found !== undefined'],
    ],
    faults: 'of stores',
  },
  {
    without: 'the second message: what the store has taken late is not told again',
    file: 'tiers/shared-tier.ts',
    edits: [['merge(owed).forEach(delivered);', '']],
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
const RUNS = Number(process.env['MODEL_RUNS'] ?? 300_000);

it.each(MUTANTS)('the model finds what is wrong without $without', { timeout: 300_000 }, async (mutant) => {
  const library = await breed(mutant);
  const property = truth(library, mutant.places ?? [memoryAlone, sharedMemory], mutant.faults ?? 'none');
  const found = await fc.check(property, { numRuns: RUNS, endOnFailure: true });
  console.log(
    `${mutant.file}: ${found.failed ? `found after ${found.numRuns} runs` : `survived ${found.numRuns} runs`}`,
  );
  expect(found.failed).toBe(true);
});
