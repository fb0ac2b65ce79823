import type fc from 'fast-check';
import type { Bus, BusListener, Cache, CacheOptions, Clock, Invalidation, Store, Target } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { type Hold, Holds, overlap } from './holds.js';
import { beforeLoad, isToldOf, KEYS, keyOf, knownTags, reaches, toldTags } from './names.js';
import { type Side, Source } from './source.js';

/** The package as it is, or a mutant of it. */
export interface Library {
  createCache(options: CacheOptions): Cache;
  tierOf(store: Store): NonNullable<CacheOptions['tier']>;
}

export interface Setting {
  /** Opens a way to the place that all caches share; `undefined` for memory alone. */
  readonly openStore: ((clock: Clock) => Store) | undefined;
  readonly caches: number;
  readonly maxEntries: number;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
}

/** What happens to a message on its way to another cache. */
export type Fate = 'arrives' | 'arrives twice' | 'is lost';

/** A write to the source, and how the cache is told: afterwards, or around the write. */
export interface Write {
  readonly how: 'invalidate' | 'mutate';
  /** Ms for which loads may still bring the old value. */
  readonly settle: number;
  /** What becomes of the save. */
  readonly fate: 'succeeds' | 'fails' | 'fails, but was done' | 'fails, and is done late';
  /** The target is known when the source has answered. */
  readonly isToldLate: boolean;
  /** What was saved is stored. */
  readonly populates: boolean;
}

export interface Read {
  readonly how: 'get' | 'refresh';
  readonly side: Side;
}

/** How a store fails: it does nothing, or nobody hears what it did. */
export type Failing = 'refuses' | 'loses answers';

/** The longest `settle` of a write, ms. */
export const LONGEST_SETTLE = 60_000;

/** Ms after which a store lets go of what a mutation holds that has not ended. */
const LONGEST_HOLD = 30_000;

/** What the oracle found that must not be. */
export class Broken extends Error {}

/** A value that tells which load brought it. */
interface Loaded {
  readonly version: number;
  /** When the load began, in ticks of the world. No two began at once. */
  readonly beganAt: number;
}

/** An invalidation, write or set that has not ended. */
interface Step {
  /** What was loaded before is untrue when it has ended. */
  calledAt: number;
  readonly reaches: (key: number) => boolean;
}

/** A read that has not ended. */
interface Asked {
  readonly key: number;
  /** How often its cache had heard that the key is untrue; `undefined` once it may have begun anew because of that. */
  heard: number | undefined;
}

/** One cache, and what the oracle knows of it. */
interface Member {
  readonly cache: Cache;
  /** By key: a read that starts now must answer a load that began later. */
  readonly floors: number[];
  /** By key: how often this cache has heard that it is untrue. */
  readonly heard: number[];
  readonly steps: Set<Step>;
  /** What is being set: the same key may be set twice at once. */
  readonly setting: Set<{ readonly key: number }>;
  /** By the name of a hold that ends after its mutation: how often it was invalidated, and what comes of it. */
  readonly settling: Map<string, { told: number; end: (() => void) | undefined }>;
  readonly reading: Set<Asked>;
  readonly loading: Set<Asked>;
  /** By hash: what is being committed to its store. */
  readonly committing: Map<string, number>;
  /** When the loads began that its store has taken, if it has one: a hold elsewhere may keep it from that. */
  readonly committed: Set<number> | undefined;
  listener: BusListener | undefined;
  storeFails: Failing | undefined;
  /** Lets the answer of a lookup come that is late. */
  late: { readonly come: () => void; readonly answer: Promise<void>; isTaken: boolean } | undefined;
}

/**
 * Some caches over one store and one bus, whose every step waits until the scheduler lets it go, and an oracle that
 * checks each read.
 */
export class World {
  readonly clock = fakeClock(Date.now());
  readonly #scheduler: fc.Scheduler;
  readonly #members: Member[];
  readonly #fates: Fate[];
  readonly #source = new Source(this.clock);
  readonly #holds = new Holds();
  /** When a load ended while it was held: nobody who comes later gets it. */
  readonly #passing = new Map<number, number>();
  /** By key: how often it was refreshed, or reached by a step: then what a refresh before that has brought need not be kept. */
  readonly #told = KEYS.map(() => 0);
  /** By key: when it was last expired. */
  readonly #softFloors = KEYS.map(() => 0);
  readonly #broken: Broken[] = [];
  readonly #running = new Set<Promise<void>>();
  #tick = 0;
  /** Operations that a real store works at. */
  #busy = 0;
  #mutations = 0;
  /** From the first fault of a store on, what others are promised has another bound: only the end is checked. */
  #isFaulty = false;
  #isOver = false;

  constructor(library: Library, setting: Setting, scheduler: fc.Scheduler, fates: readonly Fate[]) {
    this.#scheduler = scheduler;
    this.#fates = [...fates];
    this.#members = Array.from({ length: setting.caches }, () => this.#join(library, setting));
  }

  read(who: number, key: number, { how, side }: Read): void {
    const member = this.#member(who);
    this.#run(async () => {
      const floor = member.floors[key] ?? 0;
      const startedAt = ++this.#tick;
      const isAlone = how === 'refresh' && this.#isAlone(member, key);
      // One that is under way is overtaken: what it brings is for its readers only.
      if (how === 'refresh') this.#told[key] = (this.#told[key] ?? 0) + 1;
      const told = this.#told[key] ?? 0;
      const peeked = member.cache.peek<Loaded>(keyOf(key));
      if (peeked !== undefined) this.#check(peeked, floor, startedAt, `peek of ${key} in cache ${who}`);
      const value = await this.#get(member, key, how, side).catch(() => undefined); // a load that fails answers nothing old
      if (value === undefined) return;
      // Who refreshes may know of a write of which nobody was told.
      const oldest = how === 'refresh' ? Math.max(floor, startedAt) : floor;
      this.#check(value, oldest, startedAt, `${how} of ${key} in cache ${who}`);
      if (isAlone) this.#refreshed(member, key, value, told);
    });
  }

  /** Whether nobody but this cache has anything of the key to commit, and nothing of it is under way. */
  #isAlone(member: Member, key: number): boolean {
    const hash = JSON.stringify(keyOf(key));
    const isReached = [...member.steps].some((step) => step.reaches(key));
    return this.#members.length === 1 && !this.#isFaulty && !isReached && !member.committing.has(hash);
  }

  /** A refresh has answered: once its store has the value, nobody gets an older one, evicted or not. */
  #refreshed(member: Member, key: number, { beganAt }: Loaded, told: number): void {
    if (this.#passing.has(beganAt)) return;
    const raise = () => {
      if (this.#told[key] !== told || this.#isFaulty) return;
      if (this.#isAlone(member, key)) {
        const isStored = member.committed?.has(beganAt) !== false;
        if (isStored) member.floors[key] = Math.max(member.floors[key] ?? 0, beganAt - 1);
      } else if (!this.#isOver) void this.#wait('refreshed').then(raise);
    };
    raise();
  }

  write(who: number, key: number, target: Target, write: Write): void {
    const member = this.#member(who);
    // What a cache is told by `set` it cannot compare with what others write at the same moment.
    if (this.#isSetElsewhere(member, (of) => reaches(target, of))) return;
    if (write.how === 'mutate') this.#mutate(member, key, target, write);
    else {
      this.#source.commit(key);
      this.#step(member, target, () => member.cache.invalidate(target));
    }
  }

  set(who: number, key: number): void {
    const member = this.#member(who);
    // As true as what the source says now: so it may only be told where nobody else writes meanwhile.
    if (this.#isWrittenElsewhere(member, key)) return;
    const value: Loaded = { version: this.#source.read(key), beganAt: this.#tick + 2 };
    const tags = [...knownTags(key), ...toldTags(key)];
    const one = { key };
    member.setting.add(one);
    this.#step(member, { key: keyOf(key) }, async () => {
      await member.cache.set(keyOf(key), value, { tags });
      member.setting.delete(one);
    });
    this.#tick++;
  }

  expire(who: number, target: Target): void {
    const member = this.#member(who);
    if (this.#isSetElsewhere(member, (of) => reaches(target, of))) return;
    this.#step(member, target, () => member.cache.expire(target), false);
  }

  /** Time passes, also for what is under way: what has not answered by then counts as failed. */
  advance(ms: number): void {
    this.clock.advance(ms);
    if (ms >= LONGEST_HOLD) this.#holds.disturb(undefined, () => true);
  }

  /** The source goes down, or comes back. */
  toggleSource(): void {
    this.#source.isDown = !this.#source.isDown;
  }

  /** A store goes down, or comes back. */
  toggleStore(who: number, failing: Failing): void {
    const member = this.#member(who);
    member.storeFails = member.storeFails === undefined ? failing : undefined;
    this.#isFaulty = true;
  }

  /** What the next lookup finds is told late: when this is called again, or at the end. */
  toggleLate(who: number): void {
    const member = this.#member(who);
    if (member.late === undefined) {
      let come = () => {};
      const answer = new Promise<void>((resolve) => {
        come = resolve;
      });
      member.late = { come, answer, isTaken: false };
    } else {
      member.late.come();
      member.late = undefined;
    }
  }

  /** Lets some of what waits go on. */
  async progress(steps: number): Promise<void> {
    for (let i = 0; i < steps && this.#scheduler.count() > 0; i++) {
      await this.#scheduler.waitOne();
      await this.#settled();
    }
    await this.#settled();
  }

  /** Everything is delivered, nothing fails any more: now every cache must answer what the source says. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#source.isDown = false;
    for (const member of this.#members) {
      member.storeFails = undefined;
      member.late?.come();
      member.late = undefined;
    }
    await this.progress(Number.POSITIVE_INFINITY);
    this.clock.advance(LONGEST_SETTLE);
    for (let round = 0; round < 30; round++) {
      await this.progress(Number.POSITIVE_INFINITY);
      this.clock.advance(1_000); // breakers close, journals are replayed
    }
    await Promise.all(this.#running);
    // What was expired is answered once more, with a load behind it: by memory, and by the store where memory had it no more.
    for (let round = 0; round < 2; round++) {
      await this.#readAll('old', (key, { version }) => version === this.#source.read(key));
      await this.progress(Number.POSITIVE_INFINITY);
    }
    await this.#readAll('expired', (key, { beganAt }) => beganAt > (this.#softFloors[key] ?? 0));
    await Promise.all(this.#members.map(({ cache }) => cache.close()));
    if (this.#broken[0]) throw this.#broken[0];
  }

  #join(library: Library, setting: Setting): Member {
    const { openStore, maxEntries, staleWhileRevalidate, staleIfError } = setting;
    const rest = {
      steps: new Set<Step>(),
      setting: new Set<never>(),
      settling: new Map<never, never>(),
      reading: new Set<never>(),
      loading: new Set<never>(),
      committing: new Map<string, number>(),
      committed: openStore && new Set<number>(),
      listener: undefined,
      storeFails: undefined,
      late: undefined,
    };
    const member = { ...rest, floors: KEYS.map(() => 0), heard: KEYS.map(() => 0) } as unknown as {
      cache: Cache;
    } & Member;
    member.cache = library.createCache({
      ttl: '1h',
      staleWhileRevalidate,
      staleIfError,
      jitter: 0,
      coolDown: 0,
      maxEntries,
      clock: this.clock,
      bus: this.#bus(member),
      ...(openStore && { tier: library.tierOf(this.#slow(member, openStore(this.clock))) }),
    });
    member.cache.on('degraded', () => {
      this.#isFaulty = true;
    });
    member.cache.on('invalidated', ({ invalidation, by }) => {
      const settling = by === 'self' && invalidation.hashes.map((hash) => member.settling.get(hash)).find(Boolean);
      if (settling && ++settling.told >= 2) settling.end?.();
    });
    return member;
  }

  async #settled(): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve));
    while (this.#busy > 0);
  }

  #member(who: number): Member {
    return this.#members[who % this.#members.length] as Member;
  }

  #run(task: () => Promise<void>): void {
    const running = task().catch((error: unknown) => void this.#broken.push(new Broken(`rejected: ${String(error)}`)));
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  #check({ beganAt }: Loaded, floor: number, startedAt: number, what: string): void {
    if (beganAt <= floor) this.#broken.push(new Broken(`${what} answered a load of ${beganAt}, not after ${floor}`));
    const passedAt = this.#passing.get(beganAt);
    if (passedAt !== undefined && passedAt < startedAt)
      this.#broken.push(new Broken(`${what} answered a load of ${beganAt}, which ended while it was held`));
  }

  async #readAll(wrong: string, isGood: (key: number, value: Loaded) => boolean): Promise<void> {
    for (const [who, member] of this.#members.entries()) {
      for (const key of KEYS) {
        const value = await this.#get(member, key);
        if (isGood(key, value)) continue;
        this.#broken.push(
          new Broken(`cache ${who} answers what is ${wrong} of ${key} for ever: ${JSON.stringify(value)}`),
        );
      }
    }
  }

  #get(member: Member, key: number, how: Read['how'] = 'get', side: Side = 'primary'): Promise<Loaded> {
    // While something is being invalidated, when exactly it takes effect is not for us to say.
    const isUnsure = [...member.steps].some((step) => step.reaches(key));
    const one: Asked = { key, heard: isUnsure ? undefined : member.heard[key] };
    member.reading.add(one);
    const load = async ({ tag }: { tag(...tags: string[]): void }): Promise<Loaded> => {
      const value: Loaded = { version: this.#source.read(key, side), beganAt: ++this.#tick };
      for (const other of member.loading) {
        if (other.key !== key) continue;
        if (how === 'refresh')
          member.loading.delete(other); // it has taken its place
        else if (other.heard !== undefined && other.heard === one.heard)
          this.#broken.push(new Broken(`two loads of ${key} at once in one cache`));
      }
      member.loading.add(one);
      try {
        await this.#wait('load');
        if (this.#source.isDown) throw new Error('source down');
        tag(...toldTags(key));
        if (this.#holds.isHeld(member, key, this.#isFaulty)) this.#passing.set(value.beganAt, this.#tick);
        return value;
      } finally {
        member.loading.delete(one);
      }
    };
    const options = { tags: knownTags(key) };
    const answer =
      how === 'get'
        ? member.cache.get(keyOf(key), load, options)
        : member.cache.watch(keyOf(key), load, options).refresh();
    return answer.finally(() => member.reading.delete(one));
  }

  #mutate(member: Member, key: number, target: Target, { settle, fate, isToldLate, ...write }: Write): void {
    const populates = write.populates && !this.#isWrittenElsewhere(member, key);
    const nothing = ['mutation', ++this.#mutations];
    const invalidates = { ...target, keys: [...(target.keys ?? []), nothing] };
    const name = JSON.stringify(nothing);
    const isReached = (of: number) => reaches(target, of);
    const before = beforeLoad(target);
    const steps = this.#members.flatMap((one) => [...one.steps]);
    const hold = this.#holds.begin({
      name,
      by: member,
      reaches: isReached,
      reachesBefore: (of) => reaches(before, of),
      isHere: !isToldLate,
      isStored: false,
      // Whether the store takes what is under way before the hold or after it, nobody can tell.
      isDisturbed: isToldLate || steps.some((step) => overlap(step.reaches, isReached)),
      heardBy: new Set(),
    });
    if (settle > 0) member.settling.set(name, { told: 0, end: undefined });
    const save = async (step: Step): Promise<Loaded> => {
      hold.isStored = true;
      await this.#wait('save');
      const isLate = fate === 'fails, and is done late';
      if (!isLate && fate !== 'fails') this.#source.commit(key, settle / 2);
      step.calledAt = ++this.#tick;
      const saved = { version: this.#source.read(key), beganAt: ++this.#tick };
      await this.#wait('save answered');
      if (!populates) step.calledAt = ++this.#tick;
      if (settle === 0) this.#holds.end(hold);
      else {
        hold.isHere = true;
        this.clock.after(settle, () => this.#settle(member, hold));
      }
      if (isLate) this.clock.after(settle / 4, () => this.#source.commit(key, settle / 2));
      if (fate !== 'succeeds') throw new Error('the save failed, or its answer was lost');
      return saved;
    };
    const tags = [...knownTags(key), ...toldTags(key)];
    const one = { key };
    if (populates) member.setting.add(one);
    this.#step(member, target, async (step) => {
      const mutated = member.cache.mutate(() => save(step), {
        invalidates: isToldLate ? () => invalidates : invalidates,
        settle,
        ...(populates && { populates: (value) => ({ key: keyOf(key), value, tags }) }),
      });
      await (fate === 'succeeds' ? mutated : mutated.catch(() => {}));
      member.setting.delete(one);
    });
  }

  /** The time is over in which loads may bring the old value: a mutation lets go, and invalidates once more. */
  #settle(member: Member, hold: Hold): void {
    this.#holds.end(hold);
    const step = this.#beginStep(member, hold.reaches);
    const settling = member.settling.get(hold.name);
    if (settling === undefined) return;
    settling.end = () => {
      member.settling.delete(hold.name);
      this.#endStep(member, step, true);
    };
    // The first one may still be under way.
    settling.told = Math.min(settling.told, 1);
  }

  /** Whether another cache is told a value, rather than that there is a new one. */
  #isSetElsewhere(member: Member, isReached: (key: number) => boolean): boolean {
    return this.#members.some((other) => other !== member && [...other.setting].some(({ key }) => isReached(key)));
  }

  #isWrittenElsewhere(member: Member, key: number): boolean {
    const isInvalidated = this.#members.some(
      (one) => one !== member && [...one.steps].some((step) => step.reaches(key)),
    );
    return isInvalidated || this.#holds.isHeldElsewhere(member, key); // it will be invalidated
  }

  #step(member: Member, target: Target, run: (step: Step) => Promise<unknown>, isHard = true): void {
    this.#run(async () => {
      const step = this.#beginStep(member, (key) => reaches(target, key));
      await run(step);
      this.#endStep(member, step, isHard);
    });
  }

  #beginStep(member: Member, isReached: (key: number) => boolean): Step {
    const step: Step = { calledAt: ++this.#tick, reaches: isReached };
    member.steps.add(step);
    this.#holds.disturb(member, isReached);
    this.#hear(member, isReached);
    for (const key of KEYS) if (isReached(key)) this.#told[key] = (this.#told[key] ?? 0) + 1;
    return step;
  }

  #endStep(member: Member, step: Step, isHard: boolean): void {
    this.#hear(member, step.reaches);
    this.#raise(isHard ? member.floors : this.#softFloors, step);
    member.steps.delete(step);
  }

  #hear(member: Member, isReached: (key: number) => boolean): void {
    for (const key of KEYS) if (isReached(key)) member.heard[key] = (member.heard[key] ?? 0) + 1;
    for (const one of member.reading) if (isReached(one.key)) one.heard = undefined;
  }

  #raise(floors: number[], { calledAt, reaches: isReached }: Step): void {
    for (const key of KEYS) if (isReached(key)) floors[key] = Math.max(floors[key] ?? 0, calledAt);
  }

  #wait(what: string): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#scheduler.schedule(Promise.resolve(), what).then(() => {});
  }

  /** Each operation begins and ends when the scheduler says so, and fails while the store is down. */
  #slow(member: Member, store: Store): Store {
    const slowly = async (what: string, run: () => Promise<unknown>): Promise<unknown> => {
      await this.#wait(what);
      if (member.storeFails === 'refuses') throw new Error('store down');
      this.#busy++;
      const answer = await run().finally(() => this.#busy--);
      const { late } = member;
      if (what === 'lookup' && late?.isTaken === false) {
        late.isTaken = true;
        await late.answer;
      }
      await this.#wait(`${what} answered`);
      if (member.storeFails === 'loses answers') throw new Error('answer lost');
      return answer;
    };
    const { committing, committed } = member;
    const noted =
      (commit: (...args: unknown[]) => Promise<unknown>) =>
      async (...args: unknown[]) => {
        const hash = String(args[0]);
        const add = (one: number) => committing.set(hash, (committing.get(hash) ?? 0) + one);
        add(1);
        const answer = await commit(...args).finally(
          () => add(-1) && committing.get(hash) === 0 && committing.delete(hash),
        );
        if (answer === 'committed') committed?.add((args[1] as { value: Loaded }).value.beganAt);
        return answer;
      };
    return new Proxy(store, {
      get(of, name, receiver) {
        const member: unknown = Reflect.get(of, name, receiver);
        if (typeof member !== 'function' || name === 'close') return member;
        const call = (...args: unknown[]) => slowly(String(name), () => member.apply(of, args) as Promise<unknown>);
        return name === 'commit' ? noted(call) : call;
      },
    });
  }

  #bus(own: Member): Bus {
    return {
      publish: (invalidation) => {
        const calledAt = Math.min(...[...own.steps].map((step) => step.calledAt));
        for (const other of this.#members) if (other !== own) void this.#send(other, invalidation, calledAt);
      },
      subscribe: (listener) => {
        own.listener = listener;
        return () => {};
      },
      close: async () => {},
    };
  }

  async #send(to: Member, invalidation: Invalidation, calledAt: number): Promise<void> {
    const fate = this.#fates.shift() ?? 'arrives';
    const step: Step = { calledAt, reaches: (key) => isToldOf(invalidation, key) };
    const hold = invalidation.held ? this.#holds.find(invalidation.hashes) : undefined;
    const deliver = async (): Promise<void> => {
      await this.#wait(fate === 'is lost' ? 'gap' : 'message');
      if (fate === 'is lost') to.listener?.gap();
      else to.listener?.invalidated(invalidation);
      hold?.heardBy.add(to);
      this.#hear(to, fate === 'is lost' ? () => true : step.reaches);
      if (!this.#isFaulty && !invalidation.soft && Number.isFinite(calledAt)) this.#raise(to.floors, step);
    };
    await Promise.all(fate === 'arrives twice' ? [deliver(), deliver()] : [deliver()]);
  }
}
