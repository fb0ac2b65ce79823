import type { RedisLink } from './redis-link.js';
import { EXTEND, evaluate } from './redis-scripts.js';

/** Keeps the locks of long loads, so that a holder that died is replaced soon and one that is slow is not. */
export interface Heartbeat {
  /** @param names those of the entry and its lease */
  add(owner: string, names: string[]): void;
  delete(owner: string): void;
  close(): void;
}

export interface HeartbeatParts {
  readonly link: RedisLink;
  readonly lockTime: number;
  readonly fenceTime: number;
}

export function createHeartbeat({ link, lockTime, fenceTime }: HeartbeatParts): Heartbeat {
  const held = new Map<string, { readonly names: string[]; readonly since: number }>();
  const period = lockTime / 3;

  const extend = async (owner: string, names: string[]) => {
    const kept = await evaluate(link, EXTEND, names, [owner, String(lockTime)]);
    if (Number(kept) !== 1) held.delete(owner);
  };

  const beat = setInterval(() => {
    const now = performance.now();
    for (const [owner, { names, since }] of held) {
      if (now - since > fenceTime) held.delete(owner);
      else if (now - since > period) extend(owner, names).catch(() => {}); // then it is taken over
    }
  }, period).unref();

  return {
    add: (owner, names) => held.set(owner, { names, since: performance.now() }),
    delete: (owner) => held.delete(owner),
    close: () => clearInterval(beat),
  };
}
