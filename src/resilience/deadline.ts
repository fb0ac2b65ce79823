import type { Clock } from '../contracts/clock.js';

interface Waiting {
  readonly at: number;
  readonly expire: () => void;
}

/** Settles a promise by a deadline: rejects with what `late()` makes if the promise has not settled within `ms`. */
export type Deadline = <T>(promise: Promise<T>, ms: number, late: () => Error) => Promise<T>;

/**
 * Deadlines that share one timer: a timer per call would cost more than the call it guards, as many calls are
 * under way at once and nearly all of them settle in time. A deadline may be up to `grain` ms late.
 */
export function createDeadlines(clock: Clock, grain = 25): Deadline {
  const waiting = new Set<Waiting>();
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    clock.after(grain, () => {
      armed = false;
      const now = clock.now();
      for (const one of waiting) if (one.at <= now) one.expire();
      if (waiting.size > 0) arm();
    });
  };
  return (promise, ms, late) =>
    new Promise((resolve, reject) => {
      const one: Waiting = {
        at: clock.now() + ms,
        expire: () => {
          waiting.delete(one);
          reject(late());
        },
      };
      waiting.add(one);
      arm();
      promise.then(
        (value) => {
          waiting.delete(one);
          resolve(value);
        },
        (error: unknown) => {
          waiting.delete(one);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
}
