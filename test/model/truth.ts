import fc from 'fast-check';
import type { Target } from '../../src/index.js';
import { KEYS, keyOf, targetsOf, toldTags } from './names.js';
import {
  type Failing,
  type Fate,
  type Library,
  LONGEST_SETTLE,
  type Read,
  type Setting,
  World,
  type Write,
} from './world.js';

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

const reading = (by: number, of: number, { how, side }: Read) =>
  new Act(`cache ${by} ${how}s ${of} from the ${side}`, (world) => world.read(by, of, { how, side }));

const writing = (by: number, of: number, target: Target, write: Write) => {
  const { how, ...rest } = write;
  const name = `cache ${by} writes ${of} and ${how}s ${JSON.stringify(target)}`;
  const options = how === 'mutate' ? ` ${JSON.stringify(rest)}` : '';
  return new Act(`${name}${options}`, (world) => world.write(by, of, target, write));
};

const howToRead = fc.record<Read>({
  how: fc.constantFrom('get', 'get', 'get', 'refresh'),
  side: fc.constantFrom('primary', 'replica'),
});

const howToWrite = fc
  .record<Write>({
    how: fc.constantFrom('invalidate', 'mutate'),
    settle: fc.constantFrom(0, 0, 500, LONGEST_SETTLE),
    fate: fc.constantFrom(
      'succeeds',
      'succeeds',
      'succeeds',
      'fails',
      'fails, but was done',
      'fails, and is done late',
    ),
    isToldLate: fc.constantFrom(false, false, false, true),
    populates: fc.constantFrom(false, false, true),
  })
  .filter(({ fate, settle }) => fate !== 'fails, and is done late' || settle > 0);

const read = fc.tuple(who, key, howToRead).map(([by, of, how]) => reading(by, of, how));

const write = fc.tuple(who, targeted, howToWrite).map(([by, { key: of, target }, how]) => writing(by, of, target, how));

const setting = (by: number, of: number) => new Act(`cache ${by} sets ${of}`, (world) => world.set(by, of));
const set = fc.tuple(who, key).map(([by, of]) => setting(by, of));

const expiring = (by: number, target: Target) =>
  new Act(`cache ${by} expires ${JSON.stringify(target)}`, (world) => world.expire(by, target));
const expire = fc.tuple(who, targeted).map(([by, { target }]) => expiring(by, target));

const passing = (ms: number) => new Act(`${ms} ms pass`, (world) => world.advance(ms));
const advance = fc.constantFrom(1, 300, 40_000, 3_500_000, 3_700_000, 90_000_000).map(passing);

const SOURCE = new Act('the source fails, or works again', (world) => world.toggleSource());

const toggleStore = fc.tuple(who, fc.constantFrom<Failing>('refuses', 'loses answers')).map(([by, how]) => {
  return new Act(`store of cache ${by} ${how}, or works again`, (world) => world.toggleStore(by, how));
});

/** What fails besides the source and the messages. */
export type Faults = 'none' | 'of stores';

const acts = (faults: Faults) =>
  fc.oneof(
    { weight: 8, arbitrary: read },
    { weight: 5, arbitrary: write },
    { weight: 1, arbitrary: set },
    { weight: 1, arbitrary: expire },
    { weight: 1, arbitrary: advance },
    { weight: 1, arbitrary: fc.constant(SOURCE) },
    { weight: faults === 'of stores' ? 2 : 0, arbitrary: toggleStore },
  );

/** What is done, and how much of what waits goes on after it. */
type Phrase = readonly (readonly [act: Act, steps: number])[];
const steps = fc.nat(6);
const ALL_STEPS = 20;
/** About as many as it takes until a load waits. */
const untilLoad = fc.constantFrom(0, 0, 1, 2, 2, 2, 3);

/** Mostly the same cache. */
const near = fc.constantFrom(0, 0, 0, 1);

/** A write among reads of what it reaches: chance alone seldom brings them together. */
const among = fc.record({
  of: targeted,
  by: who,
  how: howToWrite,
  begun: untilLoad,
  pace: steps,
  reader: who,
  reads: fc.array(fc.tuple(near, howToRead, steps), { minLength: 3, maxLength: 6 }),
});

const amongReads = among.map(({ of: { key: of, target }, by, how, begun, pace, reader, reads }): Phrase => {
  const [first, ...others] = reads.map(
    ([off, howTo, after]) => [reading((reader + off) % 3, of, howTo), after] as const,
  );
  return [...(first ? [[first[0], begun] as const] : []), [writing(by, of, target, how), pace], ...others];
});

/** Values are told while others write. */
const amongSets = fc
  .tuple(who, targeted, howToWrite, fc.array(fc.tuple(near, steps), { minLength: 3, maxLength: 3 }))
  .map(([by, { key: of, target }, how, [first, second, third]]): Phrase => {
    const populating = { ...how, how: 'mutate', populates: true } as const;
    const [off = 0, pace = 0] = first ?? [];
    return [
      [off ? setting(by, of) : writing(by, of, { key: keyOf(of) }, populating), pace],
      [second?.[0] ? expiring(by, target) : writing(by, of, target, how), second?.[1] ?? 0],
      [reading(by, of, { how: 'get', side: 'primary' }), third?.[1] ?? 0],
    ];
  });

/** Something is there, and old, and the source fails: what is there may stand in for what cannot be loaded. */
const whileDown = among.map(({ of: { key: of, target }, by, how, begun, pace, reads }): Phrase => {
  const get = { how: 'get', side: 'primary' } as const;
  const told = how.isToldLate ? target : { tags: toldTags(of) };
  return [
    [reading(by, of, get), ALL_STEPS],
    [passing(7_300_000), 0],
    [SOURCE, 0],
    [reading(by, of, get), begun],
    [writing(by, of, told, { ...how, how: 'invalidate' }), pace],
    ...reads.map(([, , after]) => [reading(by, of, get), after] as const),
    [SOURCE, 0],
  ];
});

const toggleLate = (by: number) =>
  new Act(`what cache ${by} looks up next is told late, or now`, (world) => world.toggleLate(by));

/** A lookup is overtaken, and what is newer is evicted before it is told what it has found. */
const amongEvictions = fc.tuple(who, key, howToRead, steps, steps).map(([by, of, how, begun, pace]): Phrase => {
  const get = (one: number) => reading(by, one, { how: 'get', side: 'primary' });
  const other = (of + 1) % KEYS.length;
  return [
    [get(of), ALL_STEPS],
    [get(other), ALL_STEPS],
    [toggleLate(by), 0],
    [get(of), begun],
    [reading(by, of, { ...how, how: 'refresh' }), ALL_STEPS],
    [get(other), ALL_STEPS],
    [toggleLate(by), pace],
    [get(of), pace],
  ];
});

const fate = fc.constantFrom<Fate>('arrives', 'arrives', 'arrives twice', 'is lost');

/** A place that caches share, as a function that opens a way to it; `undefined` for memory alone. */
export type Place = () => Setting['openStore'];

/** Whatever happens in whatever order, no read answers what an invalidation before it has reached. */
export function truth(library: Library, places: readonly Place[], faults: Faults) {
  const setting = fc.record({
    place: fc.constantFrom(...places),
    caches: fc.integer({ min: 1, max: 3 }),
    maxEntries: fc.constantFrom(1, 100),
    staleWhileRevalidate: fc.constantFrom(0, 3_600_000),
    staleIfError: fc.constantFrom(0, 7_200_000),
  });
  const phrase = fc.oneof(
    { weight: 8, arbitrary: fc.tuple(acts(faults), steps).map((one): Phrase => [one]) },
    { weight: 2, arbitrary: amongReads },
    { weight: 2, arbitrary: amongSets },
    { weight: 1, arbitrary: whileDown },
    { weight: 1, arbitrary: amongEvictions },
  );
  const list = fc.array(phrase, { minLength: 4, maxLength: 16 });
  return fc.asyncProperty(setting, fc.scheduler(), list, fc.array(fate), async (chosen, scheduler, done, fates) => {
    const openStore = chosen.place();
    // Without a store, caches share nothing that a bus could be about.
    const caches = openStore === undefined ? 1 : chosen.caches;
    const world = new World(library, { ...chosen, caches, openStore }, scheduler, fates);
    for (const [act, goingOn] of done.flat()) {
      act.run(world);
      await world.progress(goingOn);
    }
    await world.end();
  });
}
