import type { Clock } from '../contracts/clock.js';
import { LONGEST_TIMER } from './duration.js';

/**
 * The real clock, with two differences to `Date.now()`.
 *
 * It never goes back: after the machine's clock was set back, it goes on from where it was, so that ages are
 * never understated. And outside of documents it is read once per millisecond: reading it costs four times a
 * Map look-up. In a document it is read each time, because browsers hold the timers of hidden tabs for minutes.
 */
export function createSystemClock(): Clock {
  let latest = 0;
  let setBack = 0;
  let current = 0;
  const coarse = typeof document === 'undefined';
  const forget = () => {
    current = 0;
  };
  const read = () => {
    const wall = Date.now();
    if (wall >= latest)
      setBack = 0; // it was set right again
    else if (wall + setBack < latest) setBack = latest - wall;
    latest = wall + setBack;
    if (coarse) {
      current = latest;
      unref(setTimeout(forget, 1));
    }
    return latest;
  };
  return {
    now: () => (current === 0 ? read() : current),
    after(ms, task) {
      const timer = unref(setTimeout(task, Math.min(ms, LONGEST_TIMER)));
      return () => clearTimeout(timer);
    },
  };
}

/** In Node a timer keeps the process alive unless it is told not to; in browsers timers are numbers. */
function unref<T>(timer: T): T {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref();
  return timer;
}
