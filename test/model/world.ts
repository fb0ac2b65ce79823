import type fc from 'fast-check';
import type { Bus, BusListener, Cache, CacheOptions, Clock, Invalidation, Store, Target } from '../../src/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { isToldOf, KEYS, keyOf, knownTags, reaches, toldTags } from './names.js';

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

/** What the oracle found that must not be. */
export class Broken extends Error {}

/** A value that tells which load brought it. */
interface Loaded {
  readonly version: number;
  /** When the load began, in ticks of the world. */
  readonly beganAt: number;
}

/** An invalidation, write or set that has not ended. */
interface Step {
  readonly calledAt: number;
  readonly reaches: (key: number) => boolean;
}

/** What a mutation holds: nothing of it that is loaded meanwhile may be kept. */
interface Hold {
  readonly member: Member;
  readonly step: Step;
  /** When it was taken, in ticks of the world. */
  readonly since: number;
  /** Whether it goes on after the write, until time passes. */
  readonly settles: boolean;
  /** Whether the store holds it too. */
  isBelow: boolean;
  isSaved: boolean;
}

/** How a write tells its cache. */
export type How = 'invalidate' | 'mutate' | 'settle' | 'populate';

/** One cache, and what the oracle knows of it. */
interface Member {
  readonly cache: Cache;
  /** By key: a read that starts now must answer a load that began later. */
  readonly floors: number[];
  /** By key: how often this cache has heard that it is untrue. */
  readonly heard: number[];
  readonly steps: Set<Step>;
  /** The keys that are being set, each as often as it is. */
  readonly setting: number[];
  readonly loading: Set<{ readonly key: number; readonly heard: number | undefined }>;
  listener: BusListener | undefined;
  storeFails: boolean;
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
  readonly #versions = KEYS.map(() => 1);
  /** What a replica still says, from which loaders read. */
  readonly #lagging = new Map<number, number>();
  readonly #holds = new Set<Hold>();
  /** Ends of settling that nobody sees: over when nothing waits any more. */
  readonly #background: (() => void)[] = [];
  readonly #hasStore: boolean;
  readonly #broken: Broken[] = [];
  readonly #running = new Set<Promise<void>>();
  #tick = 0;
  /** Operations that a real store works at. */
  #busy = 0;
  #loadsFail = false;
  /** From the first fault of a store on, what others are promised has another bound: only the end is checked. */
  #isFaulty = false;
  #isOver = false;

  constructor(library: Library, setting: Setting, scheduler: fc.Scheduler, fates: readonly Fate[]) {
    this.#scheduler = scheduler;
    this.#fates = [...fates];
    this.#hasStore = setting.openStore !== undefined;
    this.#members = Array.from({ length: setting.caches }, () => this.#join(library, setting));
  }

  read(who: number, key: number, how: 'get' | 'refresh' = 'get'): void {
    const member = this.#member(who);
    this.#checkHeld(member);
    this.#run(async () => {
      const floor = member.floors[key] ?? 0;
      const peeked = member.cache.peek<Loaded>(keyOf(key));
      if (peeked !== undefined) this.#check(peeked, floor, `peek of ${key} in cache ${who}`);
      const value = await this.#get(member, key, how).catch(() => undefined); // a load that fails answers nothing old
      if (value !== undefined) this.#check(value, floor, `read of ${key} in cache ${who}`);
    });
  }

  /** The source changes, and the cache is told: afterwards, or around the write. */
  write(who: number, key: number, target: Target, how: How): void {
    const member = this.#member(who);
    // What a cache is told by `set` it cannot compare with what others write at the same moment.
    if (this.#members.some((other) => other !== member && other.setting.some((of) => reaches(target, of)))) return;
    const save = () => {
      this.#versions[key] = (this.#versions[key] ?? 0) + 1;
    };
    if (how === 'invalidate') {
      save();
      this.#step(member, target, () => member.cache.invalidate(target));
    } else if (how === 'populate') {
      this.#populate(member, key, target, save);
    } else {
      const settles = how === 'settle';
      const slowSave = async () => {
        const step = this.#stepOf(target);
        const told = target.tags?.some((tag) => toldTags(key).includes(tag)); // a store that is asked before does not know
        // Of invalidations that are under way together, the store may take those last that end the hold.
        const isAlone =
          this.#members.flatMap(({ steps }) => [...steps]).filter((one) => overlap(one, step)).length === 1;
        const isBelow = this.#hasStore && !this.#isFaulty && !told && isAlone;
        const hold: Hold = { member, step, since: ++this.#tick, settles, isBelow, isSaved: false };
        this.#holds.add(hold);
        await this.#wait('save');
        if (settles) this.#lagging.set(key, this.#lagging.get(key) ?? this.#versions[key] ?? 0);
        else this.#holds.delete(hold);
        hold.isSaved = true;
        save();
      };
      const options = { invalidates: target, ...(settles && { settle: 1 }) };
      this.#step(member, target, () => member.cache.mutate(slowSave, options));
    }
  }

  /** The write's answer is stored: as true as the source was then. So nobody else may write meanwhile. */
  #populate(member: Member, key: number, target: Target, save: () => void): void {
    if (this.#members.some((other) => other !== member && [...other.steps].some((step) => step.reaches(key)))) return;
    const both: Target = { ...target, keys: [...(target.keys ?? []), keyOf(key)] };
    let value: Loaded | undefined;
    const slowSave = async () => {
      await this.#wait('save');
      save();
      value = { version: this.#versions[key] ?? 0, beganAt: ++this.#tick };
      await this.#wait('save answered');
    };
    const tags = [...knownTags(key), ...toldTags(key)];
    this.#step(member, both, async () => {
      member.setting.push(key);
      await member.cache.mutate(slowSave, { invalidates: target, populates: () => ({ key: keyOf(key), value, tags }) });
      member.setting.splice(member.setting.indexOf(key), 1);
    });
  }

  set(who: number, key: number): void {
    const member = this.#member(who);
    const value: Loaded = { version: this.#versions[key] ?? 0, beganAt: this.#tick + 2 };
    // As true as what the source says now: so it may only be told where nobody else writes meanwhile.
    if (this.#members.some(({ steps }) => [...steps].some((step) => step.reaches(key)))) return;
    const tags = [...knownTags(key), ...toldTags(key)];
    this.#step(member, { key: keyOf(key) }, async () => {
      member.setting.push(key);
      await member.cache.set(keyOf(key), value, { tags });
      member.setting.splice(member.setting.indexOf(key), 1);
    });
    this.#tick++;
  }

  expire(who: number, target: Target): void {
    const member = this.#member(who);
    this.#step(member, target, () => member.cache.expire(target), false);
  }

  /** Time passes, also for what is under way: what has not answered by then counts as failed. */
  advance(ms: number): void {
    if (this.#scheduler.count() > 0) this.#isFaulty = true;
    // The end of settling may miss a deadline of its own.
    if (this.#endSettling() && ms > 1) this.#isFaulty = true;
    this.clock.advance(ms);
  }

  /** The replica has caught up; what goes on being held is let go, and invalidated once more. */
  #endSettling(): boolean {
    this.#lagging.clear();
    const before = this.#holds.size;
    for (const hold of this.#holds) {
      const { member, step } = hold;
      if (!hold.isSaved) continue;
      this.#holds.delete(hold);
      const end: Step = { ...step, calledAt: ++this.#tick };
      member.steps.add(end);
      this.#hear(member, step.reaches);
      this.#background.push(() => {
        member.steps.delete(end);
        this.#hear(member, step.reaches);
      });
    }
    return this.#holds.size < before;
  }

  /** Nothing that was loaded while it was held may be there. */
  #checkHeld(of?: Member): void {
    for (const { member, step, since, isBelow } of this.#holds) {
      for (const [who, other] of this.#members.entries()) {
        const isHeld = other === member || (isBelow && !this.#isFaulty && of === undefined);
        if (!isHeld || (of ?? other) !== other) continue;
        for (const key of KEYS.filter(step.reaches)) {
          const kept = other.cache.peek<Loaded>(keyOf(key));
          if (kept !== undefined && kept.beganAt > since)
            this.#broken.push(new Broken(`cache ${who} kept ${key}, loaded while it was held`));
        }
      }
    }
  }

  /** A store or the source goes down, or comes back. */
  toggle(what: 'store' | 'source', who: number): void {
    if (what === 'source') this.#loadsFail = !this.#loadsFail;
    else {
      const member = this.#member(who);
      member.storeFails = !member.storeFails;
      this.#isFaulty = true;
    }
  }

  /** Lets some of what waits go on. */
  async progress(steps: number): Promise<void> {
    for (let i = 0; i < steps && this.#scheduler.count() > 0; i++) {
      await this.#scheduler.waitOne();
      await this.#settled();
    }
    await this.#settled();
    if (this.#scheduler.count() > 0) return;
    this.#checkHeld();
    for (const end of this.#background.splice(0)) end();
  }

  /** Everything is delivered, nothing fails any more: now every cache must answer what the source says. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#loadsFail = false;
    for (const member of this.#members) member.storeFails = false;
    for (let round = 0; round < 30; round++) {
      await this.progress(Number.POSITIVE_INFINITY);
      this.#endSettling();
      this.clock.advance(1_000); // breakers close, journals are replayed
    }
    await Promise.all(this.#running);
    for (const [who, member] of this.#members.entries()) {
      for (const key of KEYS) {
        const { version } = await this.#get(member, key);
        if (version === this.#versions[key]) continue;
        this.#broken.push(new Broken(`cache ${who} answers version ${version} of ${key} for ever`));
      }
    }
    await Promise.all(this.#members.map(({ cache }) => cache.close()));
    if (this.#broken[0]) throw this.#broken[0];
  }

  #join(library: Library, setting: Setting): Member {
    const { openStore, maxEntries, staleWhileRevalidate, staleIfError } = setting;
    const rest = {
      steps: new Set<Step>(),
      setting: [] as number[],
      loading: new Set<never>(),
      listener: undefined,
      storeFails: false,
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

  #check(value: Loaded, floor: number, what: string): void {
    if (value.beganAt <= floor)
      this.#broken.push(new Broken(`${what} answered a load of ${value.beganAt}, not after ${floor}`));
  }

  #get(member: Member, key: number, how: 'get' | 'refresh' = 'get'): Promise<Loaded> {
    // While something is being invalidated, when exactly it takes effect is not for us to say.
    const isUnsure = [...member.steps].some((step) => step.reaches(key));
    const one = { key, heard: isUnsure ? undefined : member.heard[key] };
    const load = async ({ tag }: { tag(...tags: string[]): void }): Promise<Loaded> => {
      const version = this.#lagging.get(key) ?? this.#versions[key] ?? 0;
      const value: Loaded = { version, beganAt: ++this.#tick };
      for (const other of member.loading) {
        if (other.key !== key || other.heard === undefined || other.heard !== one.heard) continue;
        this.#broken.push(new Broken(`two loads of ${key} at once in one cache`));
      }
      member.loading.add(one);
      try {
        await this.#wait('load');
        if (this.#loadsFail) throw new Error('source down');
        tag(...toldTags(key));
        return value;
      } finally {
        member.loading.delete(one);
      }
    };
    const options = { tags: knownTags(key) };
    if (how === 'refresh') return member.cache.watch(keyOf(key), load, options).refresh();
    return member.cache.get(keyOf(key), load, options);
  }

  #step(member: Member, target: Target, run: () => Promise<unknown>, isHard = true): void {
    const step = this.#stepOf(target);
    // What others invalidate meanwhile, the store lets go of: it is theirs to hold.
    for (const hold of this.#holds) {
      // An invalidation of everything deletes the marks on a disk, those of holds included.
      if ((hold.member !== member || target.all) && overlap(hold.step, step)) hold.isBelow = false;
    }
    this.#run(async () => {
      member.steps.add(step);
      this.#hear(member, step.reaches);
      await run();
      this.#hear(member, step.reaches);
      if (isHard) this.#raise(member, step);
      member.steps.delete(step);
    });
  }

  #stepOf(target: Target): Step {
    return { calledAt: ++this.#tick, reaches: (key) => reaches(target, key) };
  }

  #hear(member: Member, isReached: (key: number) => boolean): void {
    for (const key of KEYS) if (isReached(key)) member.heard[key] = (member.heard[key] ?? 0) + 1;
  }

  #raise(member: Member, { calledAt, reaches: isReached }: Step): void {
    for (const key of KEYS) if (isReached(key)) member.floors[key] = Math.max(member.floors[key] ?? 0, calledAt);
  }

  #wait(what: string): Promise<void> {
    return this.#isOver ? Promise.resolve() : this.#scheduler.schedule(Promise.resolve(), what).then(() => {});
  }

  /** Each operation begins and ends when the scheduler says so, and fails while the store is down. */
  #slow(member: Member, store: Store): Store {
    const slowly = async (what: string, run: () => Promise<unknown>): Promise<unknown> => {
      await this.#wait(what);
      if (member.storeFails) throw new Error('store down');
      this.#busy++;
      const answer = await run().finally(() => this.#busy--);
      await this.#wait(`${what} answered`);
      return answer;
    };
    return new Proxy(store, {
      get(of, name, receiver) {
        const member: unknown = Reflect.get(of, name, receiver);
        if (typeof member !== 'function' || name === 'close') return member;
        return (...args: unknown[]) => slowly(String(name), () => member.apply(of, args) as Promise<unknown>);
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
    const deliver = async (): Promise<void> => {
      await this.#wait(fate === 'is lost' ? 'gap' : 'message');
      if (fate === 'is lost') to.listener?.gap();
      else to.listener?.invalidated(invalidation);
      this.#hear(to, fate === 'is lost' ? () => true : step.reaches);
      if (!this.#isFaulty && !invalidation.soft && Number.isFinite(calledAt)) this.#raise(to, step);
    };
    await Promise.all(fate === 'arrives twice' ? [deliver(), deliver()] : [deliver()]);
  }
}

function overlap(a: Step, b: Step): boolean {
  return KEYS.some((key) => a.reaches(key) && b.reaches(key));
}
