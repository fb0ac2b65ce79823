import type { Clock } from '../contracts/clock.js';
import type { AdoptingStore, ExplainingStore, HoldingStore, Store } from '../contracts/store.js';
import { seeded } from './seeded.js';

/** What is asked of a store. Closing it is never disturbed. */
export type StoreOperation = 'lookup' | 'commit' | 'release' | 'adopt' | 'invalidate' | 'hold' | 'explain';

/**
 * What goes wrong with one call.
 *
 * - `reject`: refused; the store hears nothing of it.
 * - `throw`: the same, but thrown synchronously, as a careless store does.
 * - `hang`: never answered; the store hears nothing of it.
 * - `lose-answer`: the store does it, but the caller is told that it failed.
 * - `hang-answer`: the store does it, but the caller is told nothing.
 * - a pair: ms until the store is asked, and ms from then until its answer arrives. So answers overtake each other, and
 *   one may arrive long after what it says has changed.
 */
export type StoreFault =
  | 'reject'
  | 'throw'
  | 'hang'
  | 'lose-answer'
  | 'hang-answer'
  | readonly [ask: number, answer: number];

export interface StoreCall {
  readonly operation: StoreOperation;
  readonly args: readonly unknown[];
  /** What went wrong with it; `undefined` if nothing did. */
  readonly fault: StoreFault | undefined;
}

export interface ChaosOptions {
  /** The same seed brings the same faults in the same order of calls. @default 1 */
  readonly seed?: number;
  /** How likely each fault is for a call, 0 to 1; together at most 1. @default none */
  readonly chances?: Partial<Record<Extract<StoreFault, string>, number>>;
  /** At most so many ms until the store is asked, and again until its answer arrives. @default 0 */
  readonly latency?: number;
  /** Which operations are disturbed by chance. @default all */
  readonly only?: readonly StoreOperation[];
  /** Lets the latencies pass. @default setTimeout */
  readonly clock?: Pick<Clock, 'after'>;
}

export interface Chaos<S extends Store> {
  /** The store, disturbed. It has the optional powers of the one it wraps. */
  readonly store: S;
  /** All calls until now, oldest first. */
  readonly calls: readonly StoreCall[];
  /** Says what goes wrong with the next calls of one operation; `undefined` lets one pass. These come before chance. */
  next(operation: StoreOperation, ...faults: (StoreFault | undefined)[]): void;
  /** Nothing goes wrong any more. What hangs goes on hanging. */
  calm(): void;
}

/** Wraps a store so that it is slow, rejects, hangs, throws and answers out of order: by chance, and as a test says. */
export function chaosStore<S extends Store>(store: S, options: ChaosOptions = {}): Chaos<S> {
  const { seed = 1, chances = {}, latency = 0, only, clock } = options;
  const random = seeded(seed);
  const calls: StoreCall[] = [];
  const scripts = new Map<StoreOperation, (StoreFault | undefined)[]>();
  let isCalm = false;

  const byChance = (operation: StoreOperation): StoreFault | undefined => {
    if (isCalm || only?.includes(operation) === false) return undefined;
    let left = random();
    for (const [fault, chance] of Object.entries(chances)) {
      left -= chance;
      if (left < 0) return fault as StoreFault;
    }
    return latency > 0 ? [Math.floor(random() * (latency + 1)), Math.floor(random() * (latency + 1))] : undefined;
  };

  const pass = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      if (clock === undefined) setTimeout(resolve, ms);
      else clock.after(ms, resolve);
    });

  const slowly = async <T>(ask: number, answer: number, run: () => Promise<T>): Promise<T> => {
    if (ask > 0) await pass(ask);
    try {
      return await run();
    } finally {
      if (answer > 0) await pass(answer);
    }
  };

  const disturb = <T>(operation: StoreOperation, args: readonly unknown[], run: () => Promise<T>): Promise<T> => {
    const script = scripts.get(operation);
    const fault = script !== undefined && script.length > 0 ? script.shift() : byChance(operation);
    calls.push({ operation, args, fault });
    const failure = () => new Error(`${store.name} was made to ${String(fault)} at ${operation}`);
    switch (fault) {
      case undefined:
        return run();
      case 'reject':
        return Promise.reject(failure());
      case 'throw':
        throw failure();
      case 'hang':
        return new Promise(() => {});
      case 'lose-answer':
        return run().then(() => Promise.reject(failure()));
      case 'hang-answer':
        return run().then(() => new Promise(() => {}));
      default:
        return slowly(...fault, run);
    }
  };

  const powers = store as Partial<HoldingStore & ExplainingStore & AdoptingStore>;
  const { hold, explain, adopt } = powers;
  const disturbed: Store & Partial<HoldingStore & ExplainingStore & AdoptingStore> = {
    name: store.name,
    lookup: (...args) => disturb('lookup', args, () => store.lookup(...args)),
    commit: (...args) => disturb('commit', args, () => store.commit(...args)),
    release: (...args) => disturb('release', args, () => store.release(...args)),
    invalidate: (...args) => disturb('invalidate', args, () => store.invalidate(...args)),
    ...(hold && { hold: (...args) => disturb('hold', args, () => hold.apply(store, args)) }),
    ...(adopt && { adopt: (...args) => disturb('adopt', args, () => adopt.apply(store, args)) }),
    ...(explain && { explain: (...args) => disturb('explain', args, () => explain.apply(store, args)) }),
    close: () => store.close(),
  };
  return {
    store: disturbed as S,
    calls,
    next: (operation, ...faults) => void scripts.set(operation, [...(scripts.get(operation) ?? []), ...faults]),
    calm() {
      isCalm = true;
      scripts.clear();
    },
  };
}
