import type { Fence } from '../coherence/fence.js';
import type { Bus } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { Events } from '../events/events.js';
import type { Memory } from '../tiers/memory.js';
import type { SharedTier } from '../tiers/shared-tier.js';
import type { Invalidated } from './options.js';

export interface Invalidator {
  invalidate(invalidation: Invalidation): Promise<Invalidated>;
  close(): void;
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
    async invalidate(invalidation) {
      apply(invalidation);
      if (tier === undefined) {
        bus?.publish(invalidation);
        events.emit({ type: 'invalidated', invalidation, by: 'self' });
        return { durable: true };
      }
      const durable = await tier.invalidate(invalidation);
      // Again: what was looked up until now came from before the store's step. The step must come
      // before the message, or others would look up what is still untrue. And only now is it told
      // to those who watch, or they would load twice.
      apply(invalidation);
      bus?.publish(invalidation);
      events.emit({ type: 'invalidated', invalidation, by: 'self' });
      return { durable };
    },
    close: () => stopHearing?.(),
  };
}
