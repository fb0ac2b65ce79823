import type { RedisLink } from './redis-client.js';
import { EXTEND, evaluate } from './redis-scripts.js';

/** Keeps the locks of loads under way, so that a holder that died is replaced soon and one that is slow is not. */
export interface Heartbeat {
  add(leaseKey: string, owner: string): void;
  delete(leaseKey: string, owner: string): void;
  close(): void;
}

export function createHeartbeat(link: RedisLink, lockTime: number): Heartbeat {
  const held = new Map<string, string>();
  const beat = setInterval(() => {
    for (const [leaseKey, owner] of held) {
      evaluate(link, EXTEND, [leaseKey], [owner, String(lockTime)]).catch(() => {}); // then it is taken over
    }
  }, lockTime / 3);
  beat.unref();
  return {
    add: (leaseKey, owner) => held.set(leaseKey, owner),
    delete(leaseKey, owner) {
      if (held.get(leaseKey) === owner) held.delete(leaseKey);
    },
    close: () => clearInterval(beat),
  };
}
