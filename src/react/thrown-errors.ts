import type { Cache } from '../cache/cache.js';
import type { Watch } from '../cache/watching/watch-options.js';
import { hashKey, type Key } from '../key.js';

/**
 * How long the error that a suspended component has thrown is kept for it.
 *
 * React renders such a component again before it shows the error boundary, maybe after pausing: it must throw the same
 * error, or it would load once more, for ever. But after the boundary was reset it must load. React tells neither, and a
 * component that suspends remembers nothing. So the error is let go a few turns of the event loop after it was last
 * thrown, in which React goes on with its work; and after twice as many if that turned out to be too soon.
 */
interface ThrownErrors {
  thrown(watch: Watch<unknown>): void;
  /** There is data. */
  ended(watch: Watch<unknown>): void;
}

interface Thrown {
  readonly turns: number;
  /** Whether its error was let go: one that is thrown after that is another. */
  released: boolean;
}

const FIRST_TURNS = 4;
const MOST_TURNS = 512;
const known = new WeakMap<Cache, ThrownErrors>();

export function thrownErrorsOf(cache: Cache): ThrownErrors {
  const errors = known.get(cache) ?? createThrownErrors();
  known.set(cache, errors);
  return errors;
}

function createThrownErrors(): ThrownErrors {
  const errors = new Map<string, Thrown>();
  return {
    thrown(watch) {
      const hash = hashKey(watch.key as Key);
      const before = errors.get(hash);
      const turns = before ? before.turns * (before.released ? 2 : 1) : FIRST_TURNS;
      const latest: Thrown = { turns: Math.min(turns, MOST_TURNS), released: false };
      errors.set(hash, latest);
      const turn = (left: number): void => {
        if (errors.get(hash) !== latest) return; // thrown again, or over
        if (left > 0) {
          nextTurn(() => turn(left - 1));
          return;
        }
        latest.released = true;
        watch.release();
        setTimeout(() => errors.get(hash) === latest && errors.delete(hash), FORGET);
      };
      turn(latest.turns);
    },
    ended(watch) {
      errors.delete(hashKey(watch.key as Key));
    },
  };
}

/**
 * Turns of the kind in which React goes on with its work. Timers are slower: a boundary that is reset as soon as it is
 * shown would get the same error once more, and nothing would be loaded.
 */
const nextTurn: (task: () => void) => void =
  typeof setImmediate === 'function'
    ? (setImmediate as (task: () => void) => void)
    : (task) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          task();
        };
        port2.postMessage(null);
      };

/** How long after it was let go the next error of the same key counts as another try of React's, ms. */
const FORGET = 1_000;
