import type { Invalidation } from '../contracts/invalidation.js';
import { StoreError } from '../errors.js';
import type { RedisLink } from './redis-link.js';

/** What travels on a namespace's channel. */
export type RedisMessage =
  | {
      readonly v: 1;
      readonly from: string;
      readonly n: number;
      readonly invalidation: Invalidation;
      /** Ms that it goes on for, with a mutation under way. */
      readonly hold: number;
    }
  /** Repeats the sender's last number, so that a lost last message shows. */
  | { readonly v: 1; readonly from: string; readonly n: number; readonly alive: true }
  /** Asks everybody to tell when all up to `n` has been applied. */
  | { readonly v: 1; readonly from: string; readonly n: number; readonly confirm: number }
  /** The answer to that. */
  | { readonly v: 1; readonly from: string; readonly to: string; readonly applied: number }
  /** The sender will answer nothing any more. */
  | { readonly v: 1; readonly from: string; readonly bye: true }
  /** A load that somebody waits for has ended. */
  | { readonly v: 1; readonly wake: string }
  /** To the sender itself: what was published before it, on the same server, has been heard. */
  | { readonly v: 1; readonly from: string; readonly echo: number };

export interface ChannelListener {
  message?(message: RedisMessage): void;
  /** The subscription stands, for the first time or again: messages from before may be missing. */
  ready?(): void;
  /** Messages are missing from now on. */
  lost?(): void;
}

/** A namespace's channel: one subscription, shared by store and bus, which ends with the link. */
export interface RedisChannel {
  readonly name: string;
  /** Who we are in messages. */
  readonly sender: string;
  /** Sends what tells an invalidation under the next number. */
  numbered<T>(send: (n: number) => Promise<T>): Promise<T>;
  /** The last number that was given out. */
  given(): number;
  /** Up to which number all has been sent, or has failed: later ones may still overtake each other. */
  settled(): number;
  /** @returns a function that ends it */
  listen(listener: ChannelListener): () => void;
  publish(message: RedisMessage): Promise<unknown>;
  /** Whether commands, as opposed to the subscription, get through. */
  isReachable(): Promise<boolean>;
  /** How many listen, ourselves included. */
  audience(): Promise<number>;
  /** Listens on another connection: this one has fallen silent. */
  renew(): void;
  /** Says goodbye, as far as it can be said, and closes the link. */
  close(): Promise<void>;
}

/** Ms for a goodbye. */
const PATIENCE = 200;

export function createChannel(link: RedisLink, name: string, sender: string): RedisChannel {
  const listeners = new Set<ChannelListener>();
  let given = 0;
  let settled = 0;
  const early = new Set<number>();
  const publish = (message: RedisMessage) => link.command('', ['PUBLISH', name, JSON.stringify(message)]);
  const subscription = link.subscribe(name, {
    message(text) {
      const message = parse(text);
      if (message === undefined) return;
      for (const listener of listeners) listener.message?.(message);
    },
    ready() {
      for (const listener of listeners) listener.ready?.();
    },
    lost() {
      for (const listener of listeners) listener.lost?.();
    },
  });
  return {
    name,
    sender,
    async numbered(send) {
      const n = ++given;
      try {
        return await send(n);
      } finally {
        early.add(n);
        while (early.delete(settled + 1)) settled++;
      }
    },
    given: () => given,
    settled: () => settled,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish,
    isReachable: () =>
      link.command('', ['PING']).then(
        () => true,
        () => false,
      ),
    async audience() {
      const answers = await link.everywhere(['PUBSUB', 'NUMSUB', name]);
      return answers.reduce<number>((sum, answer) => sum + listenersOf(name, answer), 0);
    },
    renew: () => subscription.renew(),
    async close() {
      const goodbye = publish({ v: 1, from: sender, bye: true });
      const patience = new Promise((resolve) => void setTimeout(resolve, PATIENCE).unref());
      await Promise.race([goodbye, patience]).catch(() => {});
      link.close();
    },
  };
}

/** @throws if that is no answer: taken for nobody, somebody would not be asked */
function listenersOf(name: string, answer: unknown): number {
  const [channel, count] = Array.isArray(answer) ? answer : [];
  if (String(channel) === name && Number.isSafeInteger(Number(count))) return Number(count);
  throw new StoreError('redis', 'PUBSUB', `it was answered ${JSON.stringify(answer)}`);
}

/** Anybody can publish on a channel: what is misshapen or of another version is not for us. */
function parse(text: string): RedisMessage | undefined {
  let message: Partial<Record<string, unknown>> | null;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof message !== 'object' || message === null || message['v'] !== 1) return undefined;
  const { from, to, n, invalidation, hold, alive, confirm, applied, bye, wake, echo } = message;
  if (typeof wake === 'string') return { v: 1, wake };
  if (typeof from !== 'string') return undefined;
  if (isCount(echo)) return { v: 1, from, echo };
  if (isCount(applied)) return typeof to === 'string' ? { v: 1, from, to, applied } : undefined;
  if (bye === true) return { v: 1, from, bye };
  if (!isCount(n)) return undefined;
  if (alive === true) return { v: 1, from, n, alive };
  if (isCount(confirm)) return { v: 1, from, n, confirm };
  return isInvalidation(invalidation) && isCount(hold) ? { v: 1, from, n, invalidation, hold } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInvalidation(value: unknown): value is Invalidation {
  if (typeof value !== 'object' || value === null) return false;
  const { hashes, tags, soft } = value as Partial<Invalidation>;
  return areStrings(hashes) && areStrings(tags) && typeof soft === 'boolean';
}

function areStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
