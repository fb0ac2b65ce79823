import type { Subscriber, Subscription } from './redis-link.js';

export interface ConnectionEvents {
  message(text: string): void;
  /** The server has confirmed the subscription. */
  confirmed(): void;
  /** It could not be made, or broke. */
  ended(): void;
}

/** Makes one connection and subscribes on it. @returns a function that ends it, and tries no more */
export type Connect = (events: ConnectionEvents) => () => void;

/** Ms between attempts: doubled until the longest. */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 1_000;

/**
 * Keeps a subscription through connections that are used for one life each. Libraries subscribe again by themselves,
 * but not all of them tell: their clusters change the node behind one's back, and what was published meanwhile is lost.
 */
export function keepSubscribed(connect: Connect, subscriber: Subscriber): Subscription {
  let pause = FIRST_PAUSE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let endLife = (_again: boolean) => {};

  const begin = () => {
    let over = false;
    let confirmed = false;
    let disconnect = () => {};
    endLife = (again) => {
      if (over) return;
      over = true;
      disconnect();
      if (confirmed) subscriber.lost();
      if (!again) return;
      timer = setTimeout(begin, pause).unref();
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
    const end = endLife;
    disconnect = connect({
      message: (text) => over || subscriber.message(text),
      confirmed() {
        if (over || confirmed) return;
        confirmed = true;
        pause = FIRST_PAUSE;
        subscriber.ready();
      },
      ended: () => end(true),
    });
    if (over) disconnect(); // it ended before it was returned
  };

  begin();
  return {
    renew: () => endLife(true),
    end() {
      clearTimeout(timer);
      endLife(false);
    },
  };
}
