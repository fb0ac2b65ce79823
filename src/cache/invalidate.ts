import type { Fence } from '../coherence/fence.js';
import type { Bus } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Events } from '../events/events.js';
import { milliseconds } from '../freshness/duration.js';
import type { Memory } from '../tiers/memory.js';
import type { SharedTier } from '../tiers/shared-tier.js';
import type { Invalidated, InvalidateOptions } from './options.js';

export interface Invalidator {
  /**
   * @param patience ms to wait for the others to confirm; `undefined` for not at all
   * @param holdFor ms for which the shared store goes on keeping out what is loaded of it
   */
  invalidate(invalidation: Invalidation, patience?: number, holdFor?: number): Promise<Invalidated>;
  /** Lets nothing of it be stored: here from now on, elsewhere once the store has taken it. */
  hold(invalidation: Invalidation, ms: number): Hold;
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
  readonly tier: SharedTier | undefined;
  readonly bus: Bus | undefined;
  readonly events: Events;
}

/** Declares untrue: here at once, in the store durably, elsewhere through the bus. */
export function createInvalidator({ fence, memory, tier, bus, events }: InvalidateParts): Invalidator {
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
      memory.suspectAll();
      events.emit({ type: 'suspect' });
    },
  });

  return {
    async invalidate(invalidation, patience, holdFor) {
      apply(invalidation);
      const durable = tier === undefined || (await tier.invalidate(invalidation, holdFor));
      // Again: what was looked up until now came from before the store's step. The step must come
      // before the message, or others would look up what is still untrue. And only now is it told
      // to those who watch, or they would load twice.
      if (tier !== undefined) apply(invalidation);
      bus?.publish(invalidation);
      events.emit({ type: 'invalidated', invalidation, by: 'self' });
      if (patience === undefined) return { durable };
      return { durable, confirmed: bus === undefined || (await bus.confirm?.(patience)) === true };
    },
    hold(invalidation, ms) {
      const release = fence.hold(invalidation);
      const taken = tier?.invalidate(invalidation, ms).then(() => bus?.publish({ ...invalidation, held: true }));
      return { taken, release };
    },
    close: () => stopHearing?.(),
  };
}

/** Ms to wait for confirmation; `undefined` if nobody asked for it. @throws {OptionError} */
export function patienceOf({ confirm = false }: InvalidateOptions): number | undefined {
  if (typeof confirm === 'boolean') return confirm ? 1_000 : undefined;
  return milliseconds('confirm', confirm);
}
