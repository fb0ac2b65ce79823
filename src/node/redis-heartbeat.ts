import type { RedisLink } from './redis-link.js';
import { EXTEND, evaluate } from './redis-scripts.js';

/** A load whose lock is to be kept. */
export interface Held {
  readonly owner: string;
  readonly gen: string;
  /** The names of the entry and its lease. */
  readonly names: string[];
  /** The version of the record that it replaces, '' for none. */
  readonly seen: string;
}

/** Keeps the locks of long loads, so that a holder that died is replaced soon and one that is slow is not. */
export interface Heartbeat {
  /** @returns what settles once another has taken the load over, or stored what it was to bring */
  add(held: Held): Promise<void>;
  delete(owner: string): void;
  close(): void;
}

export interface HeartbeatParts {
  readonly link: RedisLink;
  readonly lockTime: number;
  readonly fenceTime: number;
}

export function createHeartbeat({ link, lockTime, fenceTime }: HeartbeatParts): Heartbeat {
  const loads = new Map<string, { readonly held: Held; readonly since: number; readonly lose: () => void }>();
  const period = lockTime / 3;

  /**
   * A load whose lease an invalidation has deleted is not told: it goes on for those who asked before. Were it given
   * up, invalidations that come faster than loads end would keep them from ever being answered.
   */
  const extend = async ({ owner, gen, names, seen }: Held, lose: () => void, ms: number) => {
    const answer = await evaluate(link, EXTEND, names, [owner, gen, seen, String(ms)]);
    if (String(answer) !== 'taken' || !loads.delete(owner)) return;
    lose();
  };

  const beat = setInterval(() => {
    const now = performance.now();
    for (const [owner, { held, since, lose }] of loads) {
      if (now - since < period) continue;
      const mayCommit = now - since < fenceTime;
      // What fails is tried again with the next beat; if none succeeds, the lock is taken over.
      void extend(held, lose, mayCommit ? lockTime : 0)
        .catch(() => {})
        .finally(() => mayCommit || loads.delete(owner)); // after one last look
    }
  }, period).unref();

  return {
    add: (held) =>
      new Promise((resolve) => {
        loads.set(held.owner, { held, since: performance.now(), lose: resolve });
      }),
    delete: (owner) => loads.delete(owner),
    close: () => clearInterval(beat),
  };
}
