import type { Clock } from '../contracts/clock.js';

export interface Breaker {
  /** Whether a call may be tried: always while closed; while open, one probe after each pause. */
  allows(): boolean;
  isClosed(): boolean;
  succeeded(): void;
  failed(): void;
}

export interface BreakerOptions {
  readonly clock: Clock;
  /** Failures in a row that open it. */
  readonly threshold?: number;
  /** Ms until the first probe; doubled after each failed probe, up to `longestPause`. */
  readonly pause?: number;
  readonly longestPause?: number;
}

/** Keeps calls away from what does not answer (Nygard, Release It!, 2007): a down store costs one probe, not every read. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { clock, threshold = 3, pause = 500, longestPause = 10_000 } = options;
  let failures = 0;
  let probeAt = 0;
  let wait = pause;
  return {
    allows() {
      if (failures < threshold) return true;
      if (clock.now() < probeAt) return false;
      probeAt = clock.now() + wait; // nobody else probes meanwhile
      return true;
    },
    isClosed: () => failures < threshold,
    succeeded() {
      failures = 0;
      wait = pause;
    },
    failed() {
      failures++;
      if (failures < threshold) return;
      if (failures > threshold) wait = Math.min(wait * 2, longestPause);
      probeAt = clock.now() + wait;
    },
  };
}
