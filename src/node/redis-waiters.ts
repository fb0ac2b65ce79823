import type { RedisChannel } from './redis-messages.js';

/** Those who wait for another process's load. */
export interface Waiters {
  /** Begins to listen for the end of a load: before asking who loads, or the answer could come after it. */
  expect(hash: string): Expectation;
  close(): void;
}

export interface Expectation {
  /** Resolves when the load has ended, or should have: at the latest after half a second, to look again. */
  wait(msLeft: number): Promise<void>;
  forget(): void;
}

const LONGEST = 500;

export function createWaiters(channel: RedisChannel): Waiters {
  const expected = new Map<string, Set<() => void>>();
  const wake = (hash: string) => {
    for (const tell of expected.get(hash) ?? []) tell();
  };
  const stopListening = channel.listen({
    message(message) {
      if ('wake' in message) wake(message.wake);
      else if ('invalidation' in message) for (const hash of message.invalidation.hashes) wake(hash);
    },
  });

  const expect = (hash: string): Expectation => {
    let ended = false;
    let resume = () => {};
    const tell = () => {
      ended = true;
      resume();
    };
    const others = expected.get(hash) ?? new Set();
    expected.set(hash, others.add(tell));
    const forget = () => {
      others.delete(tell);
      if (others.size === 0 && expected.get(hash) === others) expected.delete(hash);
    };
    const wait = async (msLeft: number) => {
      const timer = setTimeout(tell, Math.min(msLeft, LONGEST) + 5).unref();
      if (!ended) {
        await new Promise<void>((resolve) => {
          resume = resolve;
        });
      }
      clearTimeout(timer);
      forget();
    };
    return { wait, forget };
  };

  return {
    expect,
    close() {
      stopListening();
      for (const hash of [...expected.keys()]) wake(hash);
    },
  };
}
