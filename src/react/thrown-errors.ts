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
 *
 * If others have suspended too, React may put off the boundary for a while, and render all of it once more when one of
 * them goes on: then it is kept for that long.
 */
interface ThrownErrors {
  suspended(watch: Watch<unknown>): void;
  thrown(watch: Watch<unknown>): void;
  /** There is data. */
  ended(watch: Watch<unknown>): void;
}

interface Thrown {
  /** When it was first thrown. */
  readonly at: number;
  readonly turns: number;
  /** Whether its error was let go: one that is thrown after that is another. */
  released: boolean;
}

interface Suspended {
  readonly hash: string;
  readonly at: number;
}

const FIRST_TURNS = 4;
const MOST_TURNS = 512;
/** React shows no two changes of fallbacks within 300 ms (FALLBACK_THROTTLE_MS of its work loop), counted from a commit. */
const PUT_OFF = 350;
const known = new WeakMap<Cache, ThrownErrors>();

export function thrownErrorsOf(cache: Cache): ThrownErrors {
  const errors = known.get(cache) ?? createThrownErrors();
  known.set(cache, errors);
  return errors;
}

function createThrownErrors(): ThrownErrors {
  const errors = new Map<string, Thrown>();
  /** What has suspended last, and what last besides that. */
  let suspended: readonly Suspended[] = [];

  /** Ms for which what was first thrown then may still be put off. */
  const putOff = (hash: string, thrownAt: number): number => {
    const other = suspended.find((one) => one.hash !== hash);
    return other === undefined ? 0 : Math.min(other.at, thrownAt) + PUT_OFF - performance.now();
  };

  return {
    suspended(watch) {
      const hash = hashKey(watch.key as Key);
      const others = suspended.filter((one) => one.hash !== hash);
      suspended = [{ hash, at: performance.now() }, ...others.slice(0, 1)];
    },
    thrown(watch) {
      const hash = hashKey(watch.key as Key);
      const before = errors.get(hash);
      const isAnother = before === undefined || before.released;
      const turns = before ? before.turns * (before.released ? 2 : 1) : FIRST_TURNS;
      const at = isAnother ? performance.now() : before.at;
      const latest: Thrown = { at, turns: Math.min(turns, MOST_TURNS), released: false };
      errors.set(hash, latest);
      const turn = (left: number): void => {
        if (errors.get(hash) !== latest) return; // thrown again, or over
        const rest = left > 0 ? 0 : putOff(hash, at);
        if (left > 0) nextTurn(() => turn(left - 1));
        else if (rest > 0) setTimeout(() => turn(0), rest);
        else release();
      };
      const release = () => {
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
