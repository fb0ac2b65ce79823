import type { Clock } from '../../contracts/clock.js';
import type { LoadContext, Loader } from '../../contracts/loader.js';
import { type Duration, milliseconds } from '../../freshness/duration.js';
import { isPromise } from '../reading/is-promise.js';

/** What to do when a load fails. The readers wait meanwhile, all of one load: they get the error of the last try. */
export interface RetryOptions {
  /**
   * How often to try again: a number, `true` for ever, or a function of the failures so far (from 1) and the latest error.
   * @default false
   */
  retry?: number | boolean | ((failures: number, error: unknown) => boolean);
  /** How long to wait before trying again. @default half to all, at random, of 1 s, 2 s, 4 s … 30 s */
  retryDelay?: Duration | ((failures: number, error: unknown) => Duration);
}

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 30_000;

/** A loader that tries again. `options` is asked when it runs, so that it is the latest. */
export function retrying<V>(
  loader: () => Loader<V>,
  options: () => RetryOptions | undefined,
  { clock, random }: { clock: Clock; random: () => number },
): Loader<V> {
  const again = async (context: LoadContext, error: unknown, failures: number): Promise<V> => {
    const { retry = false, retryDelay } = options() ?? {};
    const may = typeof retry === 'function' ? retry(failures, error) : retry === true || failures <= Number(retry);
    if (!may || context.signal.aborted) throw error;
    const delay = typeof retryDelay === 'function' ? retryDelay(failures, error) : retryDelay;
    // Spread, so that many clients of a source that was down do not come back in step.
    const backoff = Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY) * (0.5 + random() / 2);
    await wait(clock, delay === undefined ? backoff : milliseconds('retryDelay', delay), context.signal);
    try {
      return await loader()(context);
    } catch (next) {
      return again(context, next, failures + 1);
    }
  };
  return (context) => {
    try {
      const loading = loader()(context);
      return isPromise(loading) ? Promise.resolve(loading).catch((error) => again(context, error, 1)) : loading;
    } catch (error) {
      return again(context, error, 1);
    }
  };
}

/** Rejects with the signal's reason if it is aborted meanwhile. */
function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    const leave = () => {
      cancel();
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
  });
}
