/**
 * The promise, or a rejection if it has not settled after `ms` in which this thread could run.
 *
 * The time is measured in two halves: after a long task the timer of the first half fires before the answer that
 * has been waiting meanwhile, and the second half leaves room for it. So a page that is busy starting up does
 * not mistake its own slowness for the database's.
 */
export function within<T>(ms: number, promise: Promise<T>, doing: string): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => reject(new Error(`${doing} took longer than ${ms} ms`)), ms / 2);
    }, ms / 2);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
