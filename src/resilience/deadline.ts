import type { Clock } from '../contracts/clock.js';
import { messageOf } from '../errors.js';

/** Settles a promise by a deadline: rejects with what `late()` makes if the promise has not settled within `ms`. */
export type Deadline = <T>(promise: Promise<T>, ms: number, late: () => Error) => Promise<T>;

/** A link of the list of those who wait. */
interface Waiting {
  /** Ms of the clock; before all time once it was found to be over. */
  at: number;
  readonly expire: (() => void) | undefined;
  before: Waiting;
  after: Waiting;
}

/**
 * Deadlines that share one timer: a timer per call would cost more than the call it guards, as many calls are
 * under way at once and nearly all of them settle in time. A deadline may be up to two `grain` ms late.
 *
 * It is looked at twice: after a long task the timer runs before the answers that have been waiting meanwhile, and the
 * second look leaves room for them. So whoever keeps the thread busy does not mistake that for a store's slowness.
 *
 * They are links of a list rather than members of a Set: a Set that grows and shrinks with every call keeps what it
 * held alive long enough to be moved to the old generation, which cost a third of a hit in Redis.
 */
export function createDeadlines(clock: Clock, grain = 25): Deadline {
  const list = createList();
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    clock.after(grain, () => {
      armed = false;
      const now = clock.now();
      for (let one = list.after; one !== list; ) {
        const next = one.after;
        if (one.at < 0) one.expire?.();
        else if (one.at <= now) one.at = -1;
        one = next;
      }
      if (list.after !== list) arm();
    });
  };
  return (promise, ms, late) =>
    new Promise((resolve, reject) => {
      const one = link(list, clock.now() + ms, () => {
        unlink(one);
        reject(late());
      });
      arm();
      promise.then(
        (value) => {
          unlink(one);
          resolve(value);
        },
        (error: unknown) => {
          unlink(one);
          reject(error instanceof Error ? error : new Error(messageOf(error)));
        },
      );
    });
}

/** An empty list is a link to itself. */
function createList(): Waiting {
  const list = { at: Number.POSITIVE_INFINITY, expire: undefined } as Waiting;
  list.before = list;
  list.after = list;
  return list;
}

function link(list: Waiting, at: number, expire: () => void): Waiting {
  const one: Waiting = { at, expire, before: list.before, after: list };
  list.before.after = one;
  list.before = one;
  return one;
}

/** Twice does no harm: a link that is out is a link to itself. */
function unlink(one: Waiting): void {
  one.before.after = one.after;
  one.after.before = one.before;
  one.before = one;
  one.after = one;
}
