import type { Fence } from '../../coherence/fence.js';
import type { Bus } from '../../contracts/bus.js';
import type { Invalidation } from '../../contracts/invalidation.js';
import type { Events } from '../../events/events.js';
import { waitingTime } from '../../freshness/duration.js';
import type { Memory } from '../../tiers/memory.js';
import type { Invalidated, InvalidateOptions } from '../options.js';
import type { WritesBelow } from './writes-below.js';

export interface Invalidator {
  /**
   * @param patience ms to wait for the others to confirm; `undefined` for not at all
   * @param settle ms for which a mutation goes on holding it
   */
  invalidate(invalidation: Invalidation, patience?: number, settle?: number): Promise<Invalidated>;
  /** Its first part: what was loaded before is untrue, here and in the store. @returns whether the store has taken it */
  begin(invalidation: Invalidation, settle?: number): Promise<boolean>;
  /** Its second part: what was looked up meanwhile is untrue too. */
  repeat(invalidation: Invalidation): void;
  /** Its last part: the others hear of it, and those who watch. */
  tell(invalidation: Invalidation): void;
  /** Whether all others have taken what they were told within `patience` ms. */
  confirm(patience: number): Promise<boolean>;
  /** Lets nothing of it be stored: here from now on, elsewhere once the store has taken it. */
  hold(invalidation: Invalidation): Hold;
  close(): void;
}

export interface Hold {
  /** When the store has taken it; `undefined` if there is none to wait for. */
  readonly taken: Promise<unknown> | undefined;
  /** Ends it here; in the store, an invalidation or the time ends it. */
  release(): void;
}

export interface InvalidateParts {
  readonly fence: Fence;
  readonly memory: Memory;
  readonly below: WritesBelow | undefined;
  readonly bus: Bus | undefined;
  readonly events: Events;
}

/** Declares untrue: here at once, in the store durably, elsewhere through the bus. */
export function createInvalidator({ fence, memory, below, bus, events }: InvalidateParts): Invalidator {
  const apply = (invalidation: Invalidation): void => {
    fence.raise(invalidation);
    for (const hash of invalidation.hashes) {
      if (invalidation.soft) memory.expire(hash);
      else memory.remove(hash);
    }
  };

  const stopHearing = bus?.subscribe({
    invalidated(invalidation) {
      apply(invalidation);
      events.emit({ type: 'invalidated', invalidation, by: 'other' });
    },
    gap() {
      fence.suspect();
      events.emit({ type: 'suspect' });
    },
  });

  const begin = async (invalidation: Invalidation, settle?: number): Promise<boolean> => {
    apply(invalidation);
    return below === undefined || (await below.invalidate(invalidation, settle));
  };

  const repeat = (invalidation: Invalidation): void => {
    if (below !== undefined) apply(invalidation); // what was looked up until now came from before the store's step
  };

  // After the store's step, or others would look up what is still untrue, and those who watch would load twice.
  const tell = (invalidation: Invalidation): void => {
    bus?.publish(invalidation);
    events.emit({ type: 'invalidated', invalidation, by: 'self' });
  };

  const confirm = async (patience: number): Promise<boolean> =>
    bus === undefined || (await bus.confirm?.(patience)) === true;

  return {
    begin,
    repeat,
    tell,
    confirm,
    async invalidate(invalidation, patience, settle) {
      const durable = await begin(invalidation, settle);
      repeat(invalidation);
      tell(invalidation);
      return patience === undefined ? { durable } : { durable, confirmed: await confirm(patience) };
    },
    hold(invalidation) {
      const release = fence.hold(invalidation);
      const taken = below?.hold(invalidation).then(() => bus?.publish({ ...invalidation, held: true }));
      return { taken, release };
    },
    close: () => stopHearing?.(),
  };
}

/** Ms to wait for confirmation; `undefined` if nobody asked for it. @throws {OptionError} */
export function patienceOf({ confirm = false }: InvalidateOptions = {}): number | undefined {
  if (typeof confirm === 'boolean') return confirm ? 1_000 : undefined;
  return waitingTime('confirm', confirm);
}
