import fc from 'fast-check';
import { KEYS, targetsOf } from './names.js';
import { type Fate, type How, type Library, type Setting, World } from './world.js';

/** Mostly one key: what happens to it matters, the others are there to be mixed up with. */
const key = fc.oneof({ weight: 3, arbitrary: fc.constant(KEYS[0]) }, fc.constantFrom(...KEYS));
const who = fc.nat(2);
const targeted = key.chain((of) => fc.record({ key: fc.constant(of), target: fc.constantFrom(...targetsOf(of)) }));

/** Something that is done to the world, with a name for the report. */
class Act {
  readonly run: (world: World) => void;
  readonly [fc.toStringMethod]: () => string;
  constructor(name: string, run: (world: World) => void) {
    this.run = run;
    this[fc.toStringMethod] = () => name;
  }
}

const read = fc.tuple(who, key).map(([by, of]) => new Act(`cache ${by} reads ${of}`, (world) => world.read(by, of)));

const refresh = fc.tuple(who, key).map(([by, of]) => {
  return new Act(`cache ${by} refreshes ${of}`, (world) => world.read(by, of, 'refresh'));
});

const write = fc
  .tuple(who, targeted, fc.constantFrom<How>('invalidate', 'mutate', 'settle', 'populate'))
  .map(([by, { key: of, target }, how]) => {
    const name = `cache ${by} writes ${of} and ${how}s ${JSON.stringify(target)}`;
    return new Act(name, (world) => world.write(by, of, target, how));
  });

const set = fc.tuple(who, key).map(([by, of]) => new Act(`cache ${by} sets ${of}`, (world) => world.set(by, of)));

const expire = fc.tuple(who, targeted).map(([by, { target }]) => {
  return new Act(`cache ${by} expires ${JSON.stringify(target)}`, (world) => world.expire(by, target));
});

const advance = fc.constantFrom(1, 3_500_000, 3_700_000, 90_000_000).map((ms) => {
  return new Act(`${ms} ms pass`, (world) => world.advance(ms));
});

const toggle = (what: 'source' | 'store') =>
  who.map((by) => new Act(`${what} of cache ${by} fails, or works again`, (world) => world.toggle(what, by)));

/** What happens more often than else. */
export type Faults = 'none' | 'of stores' | 'of the source';

const acts = (faults: Faults) =>
  fc.oneof(
    { weight: 8, arbitrary: read },
    { weight: 1, arbitrary: refresh },
    { weight: 5, arbitrary: write },
    { weight: 1, arbitrary: set },
    { weight: 1, arbitrary: expire },
    { weight: faults === 'of the source' ? 4 : 1, arbitrary: advance },
    { weight: faults === 'of the source' ? 4 : 1, arbitrary: toggle('source') },
    { weight: faults === 'of stores' ? 2 : 0, arbitrary: toggle('store') },
  );

const fate = fc.constantFrom<Fate>('arrives', 'arrives', 'arrives twice', 'is lost');

/** A place that caches share, as a function that opens a way to it; `undefined` for memory alone. */
export type Place = () => Setting['openStore'];

/** Whatever happens in whatever order, no read answers what an invalidation before it has reached. */
export function truth(library: Library, places: readonly Place[], faults: Faults) {
  const setting = fc.record({
    place: fc.constantFrom(...places),
    caches: fc.integer({ min: 1, max: 3 }),
    maxEntries: fc.constantFrom(1, 100),
    staleWhileRevalidate: fc.constantFrom(0, ...(faults === 'of the source' ? [] : [3_600_000])),
    staleIfError: fc.constantFrom(7_200_000, ...(faults === 'of the source' ? [] : [0])),
  });
  const list = fc.array(fc.tuple(acts(faults), fc.nat(6)), { minLength: 4, maxLength: 24 });
  return fc.asyncProperty(setting, fc.scheduler(), list, fc.array(fate), async (chosen, scheduler, done, fates) => {
    const openStore = chosen.place();
    // Without a store, caches share nothing that a bus could be about.
    const caches = openStore === undefined ? 1 : chosen.caches;
    const world = new World(library, { ...chosen, caches, openStore }, scheduler, fates);
    for (const [act, steps] of done) {
      act.run(world);
      await world.progress(steps);
    }
    await world.end();
  });
}
