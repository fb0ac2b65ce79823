import type { RedisChannel } from './redis-messages.js';
import type { Peers } from './redis-peers.js';

/** Asks the other processes whether they have applied what we told, and answers when they ask. */
export interface Confirmation {
  /** Whether all have, within `ms`. */
  ask(ms: number): Promise<boolean>;
  /** Somebody asks: all up to `n`. */
  asked(from: string, n: number, question: number): Promise<void>;
  answered(from: string, question: number): void;
}

export interface ConfirmationParts {
  readonly channel: RedisChannel;
  readonly peers: Peers;
  /** Messages are missing: makes memory suspect, which is as good as having applied them. */
  readonly gap: () => void;
}

/** Ms that overtaken messages, or those of scripts that are under way, may be behind the question. */
const BEHIND = 100;
/** Ms until the question is repeated, doubled each time: somebody may just connect. */
const FIRST_ROUND = 100;

/**
 * Who lives? Whoever is subscribed, by the servers' own count, since a newcomer may be unknown to us; and by name,
 * whoever was heard lately, since who was cut off is subscribed no more and may not have noticed yet. The count is
 * asked before and after the question, so that who leaves cannot stand in for who comes.
 */
export function createConfirmation({ channel, peers, gap }: ConfirmationParts): Confirmation {
  const rounds = new Map<number, { readonly from: Set<string>; readonly check: () => void }>();
  let lastQuestion = 0;

  const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref());

  /** One question. @returns whether everybody has answered it, or one of those before it */
  const round = async (n: number, named: Set<string>, ms: number): Promise<boolean> => {
    const before = await channel.audience();
    const question = ++lastQuestion;
    const from = new Set<string>();
    // Who does not hear himself does not hear the answers either.
    const isComplete = () =>
      from.has(channel.sender) && from.size >= before && peers.living().every((peer) => named.has(peer));
    try {
      const answers = new Promise<void>((resolve) => {
        const check = () => {
          for (const one of from) named.add(one);
          if (isComplete()) resolve();
        };
        rounds.set(question, { from, check });
      });
      await channel.publish({ v: 1, from: channel.sender, n, confirm: question });
      await Promise.race([answers, pause(ms)]);
      return isComplete() && (await channel.audience()) <= from.size;
    } finally {
      rounds.delete(question);
    }
  };

  return {
    async ask(ms) {
      const until = performance.now() + ms;
      const n = channel.given();
      const named = new Set<string>();
      const expired = pause(ms).then(() => false);
      const asking = async () => {
        for (let length = FIRST_ROUND; performance.now() < until; length *= 2) {
          const done = await round(n, named, Math.min(length, until - performance.now())).catch(() => pause(BEHIND));
          if (done) return true;
        }
        return false;
      };
      return Promise.race([asking(), expired]);
    },
    async asked(from, n, question) {
      if (from !== channel.sender && !peers.hasAll(from, n)) {
        await peers.untilAll(from, n, BEHIND);
        if (!peers.hasAll(from, n)) {
          peers.settle(from, n);
          gap();
        }
      }
      await channel.publish({ v: 1, from: channel.sender, to: from, applied: question }).catch(() => {});
    },
    answered(from, question) {
      const asked = rounds.get(question);
      asked?.from.add(from);
      asked?.check();
    },
  };
}
