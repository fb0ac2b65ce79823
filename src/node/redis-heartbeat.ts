import type { RedisLink } from './redis-client.js';
import { EXTEND, evaluate } from './redis-scripts.js';

/** Keeps the locks of loads under way, so that a holder that died is replaced soon and one that is slow is not. */
export interface Heartbeat {
  add(leaseKey: string, owner: string): void;
  delete(leaseKey: string, owner: string): void;
  close(): void;
}

/** @param longest ms after which a load has lost the right to commit, so that its lock serves nobody any more */
export function createHeartbeat(link: RedisLink, lockTime: number, longest: number): Heartbeat {
  const held = new Map<string, { readonly owner: string; readonly until: number }>();
  const beat = setInterval(() => {
    for (const [leaseKey, { owner, until }] of held) {
      if (performance.now() > until) held.delete(leaseKey);
      else evaluate(link, EXTEND, [leaseKey], [owner, String(lockTime)]).catch(() => {}); // then it is taken over
    }
  }, lockTime / 3);
  beat.unref();
  return {
    add: (leaseKey, owner) => held.set(leaseKey, { owner, until: performance.now() + longest }),
    delete(leaseKey, owner) {
      if (held.get(leaseKey)?.owner === owner) held.delete(leaseKey);
    },
    close: () => clearInterval(beat),
  };
}
