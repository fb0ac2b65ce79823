import type { RedisChannel } from './redis-messages.js';

/** Knows which tags were invalidated while somebody loaded, by having heard everything. */
export interface Witness {
  /** A promise while we do not listen yet; it does not wait for long. */
  ready(): Promise<void> | undefined;
  /** A message for the script that looks at a tag to publish. */
  echo(): Echo;
  /** Whether nothing was said about a tag from `since` (monotonic ms) until the last echo; `false` also if we cannot tell. */
  heardNothing(tag: string, since: number): boolean;
  close(): void;
}

export interface Echo {
  readonly message: string;
  /** Whether we hear it in time. */
  heard(): Promise<boolean>;
  forget(): void;
}

/** Ms to wait for an echo. */
const PATIENCE = 1_000;
/** Ms after which the first loads begin although nobody witnesses them. */
const START = 250;
const MOST_TAGS = 10_000;

/**
 * A tag without a stamp has either never been used or lost it. Only somebody who has listened all the time can tell
 * the two apart: messages of one server come in its order, so whoever hears what a script published has also heard
 * what was published there before.
 */
export function createWitness(channel: RedisChannel): Witness {
  /** When a tag was last invalidated, or will have been: the end of a hold. */
  const untrueUntil = new Map<string, number>();
  /** Those that are under way. */
  const echoes = new Map<number, () => void>();
  /** From when on nothing was missed or forgotten. */
  let listeningSince = Number.POSITIVE_INFINITY;
  let lastEcho = 0;
  let begin = () => {};
  let starting: Promise<void> | undefined = new Promise((resolve) => {
    begin = () => {
      starting = undefined;
      resolve();
    };
  });
  setTimeout(begin, START).unref();

  const stopListening = channel.listen({
    ready() {
      listeningSince = performance.now();
      begin();
    },
    lost() {
      listeningSince = Number.POSITIVE_INFINITY;
    },
    message(message) {
      if ('invalidation' in message) {
        const until = performance.now() + message.hold;
        for (const tag of message.invalidation.tags) untrueUntil.set(tag, until);
        if (untrueUntil.size <= MOST_TAGS) return;
        untrueUntil.clear();
        if (listeningSince < Number.POSITIVE_INFINITY) listeningSince = performance.now();
      } else if ('echo' in message && message.from === channel.sender) {
        echoes.get(message.echo)?.();
      }
    },
  });

  return {
    ready: () => starting,
    echo() {
      const id = ++lastEcho;
      let arrived = false;
      let tell = (_: boolean) => {};
      echoes.set(id, () => {
        arrived = true;
        tell(true);
      });
      return {
        message: JSON.stringify({ v: 1, from: channel.sender, echo: id }),
        async heard() {
          if (arrived) return true;
          const timer = setTimeout(() => tell(false), PATIENCE).unref();
          const heard = await new Promise<boolean>((resolve) => {
            tell = resolve;
          });
          clearTimeout(timer);
          return heard;
        },
        forget: () => echoes.delete(id),
      };
    },
    heardNothing: (tag, since) => listeningSince <= since && (untrueUntil.get(tag) ?? 0) < since,
    close: stopListening,
  };
}
