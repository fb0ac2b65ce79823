import type { RedisChannel } from './redis-messages.js';

/** Those who wait for another process's load. */
export interface Waiters {
  /** Resolves when the load has ended, or should have: at the latest after half a second, to look again. */
  wait(hash: string, msLeft: number): Promise<void>;
  close(): void;
}

const LONGEST = 500;

export function createWaiters(channel: RedisChannel): Waiters {
  const waiting = new Map<string, Set<() => void>>();
  const wake = (hash: string) => {
    for (const resolve of waiting.get(hash) ?? []) resolve();
  };
  const stopListening = channel.listen((message) => {
    if (message === 'ready' || 'alive' in message) return;
    if ('wake' in message) wake(message.wake);
    else for (const hash of message.invalidation.hashes) wake(hash);
  });
  return {
    wait: (hash, msLeft) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiting.get(hash)?.delete(done);
          if (waiting.get(hash)?.size === 0) waiting.delete(hash);
          resolve();
        };
        const timer = setTimeout(done, Math.min(msLeft, LONGEST) + 5);
        timer.unref();
        waiting.set(hash, (waiting.get(hash) ?? new Set()).add(done));
      }),
    close() {
      stopListening();
      for (const hash of [...waiting.keys()]) wake(hash);
    },
  };
}
