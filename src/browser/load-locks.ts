import { within } from './within.js';

/** What a tab may do about a key: load it, and then free it; or wait while another tab loads it. */
export type Turn = { readonly free: () => void } | { readonly busy: Promise<void> };

/** Ms that the browser may take to answer: locks only save loads, so nothing waits for them for long. */
const ANSWER = 250;
/** Names are of keys and their last invalidations: most are never asked for again. */
const MOST_OVERDUE = 1_000;

/**
 * Lets one tab at a time load a key. `undefined` means: load, and don't mind the others.
 *
 * A tab that was frozen while it loads keeps its lock, and taking the lock away from it would not stop its load
 * (https://github.com/supabase/supabase-js/pull/2178). So nobody waits longer than `patience`, a lock that could not be
 * had in that time is passed by until it is free again, and who can run gives it back by then. It is held while
 * loading only, because a page that holds one may not enter the back/forward cache.
 *
 * @param locks none in pages without a secure origin
 */
export function createLoadLocks(locks: LockManager | null | undefined, patience: number) {
  const overdue = new Set<string>();

  const take = (name: string): Promise<(() => void) | undefined> =>
    new Promise((resolve, reject) => {
      const answer = (lock: unknown): Promise<void> | undefined => {
        if (lock === null) return void resolve(undefined);
        return new Promise((free) => {
          setTimeout(free, patience);
          resolve(free);
        });
      };
      locks?.request(name, { ifAvailable: true }, answer).catch(reject);
    });

  const wait = async (name: string): Promise<void> => {
    try {
      await locks?.request(name, { signal: AbortSignal.timeout(patience) }, () => {});
    } catch {
      if (overdue.size === MOST_OVERDUE) overdue.clear(); // they are waited for once more
      overdue.add(name);
    }
  };

  return async (name: string): Promise<Turn | undefined> => {
    // While a page is prerendered, requests of locks wait until it is shown (https://wicg.github.io/nav-speculation/prerendering.html).
    if (!locks || isPrerendered()) return undefined;
    const taken = take(name);
    try {
      const free = await within(ANSWER, taken, 'locking');
      if (free === undefined) return overdue.has(name) ? undefined : { busy: wait(name) };
      overdue.delete(name);
      return { free };
    } catch {
      taken.then((free) => free?.()).catch(() => {}); // what comes too late would make the others wait for nothing
      return undefined; // not allowed here, or no answer
    }
  };
}

function isPrerendered(): boolean {
  return (globalThis.document as { prerendering?: boolean } | undefined)?.prerendering === true;
}
