import type { Bus, BusListener } from '../contracts/bus.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { databaseName, type Place } from './database-name.js';
import { isLike } from './is-like.js';
import { createLiveTabs } from './live-tabs.js';
import { followPage } from './page-life.js';
import { within } from './within.js';

/** What tabs say to each other: all of it is heard by all. */
interface Message {
  /** A tab that runs a release with another format is not understood, nor misunderstood. */
  readonly format: number;
  readonly from: string;
  /** How many invalidations the sender has told, this one included. */
  readonly told: number;
  readonly invalidation?: Invalidation;
  /** An answer is wanted. */
  readonly asks?: boolean;
  /** To whom it is an answer, and how many of their invalidations have been applied. */
  readonly to?: string;
  readonly applied?: number;
}

const FORMAT = 1;
const MESSAGE: Message = { format: FORMAT, from: '', told: 0 };
const INVALIDATION: Invalidation = { hashes: [''], tags: [''], soft: true };

/** Ms after which the number is told once more, so that the loss of the last message is noticed. */
const ECHO = 1_000;
/** Many more tabs than there ever are at once: each page that is opened has a name of its own. */
const MOST_TABS = 1_000;
/** Ms after which a question is asked again. */
const ROUND = 100;

/**
 * Tells the other tabs what became untrue, over a BroadcastChannel. Where there is none it does nothing: then the
 * other tabs learn it when they ask the store.
 *
 * A page in the back/forward cache hears nothing, and in some browsers may not return from it if its channel is
 * open (https://github.com/whatwg/html/issues/7253). So the channel is closed meanwhile, and a page that comes back
 * counts on having missed something. Messages are numbered, so that one that is missing is noticed.
 *
 * @param options.locks tell `confirm` which tabs there are; without them it is never sure. `@default navigator.locks`
 */
export function broadcastBus(place: Place, options: { locks?: LockManager | null } = {}): Bus {
  const { locks = globalThis.navigator?.locks } = options;
  const tabs = createLiveTabs(place, locks);
  const listeners = new Set<BusListener>();
  let channel: BroadcastChannel | undefined;
  let told = 0;
  let echo: ReturnType<typeof setTimeout> | undefined;
  /** How many invalidations each tab has told, as far as we heard. */
  const heard = new Map<string, number>();
  /** How many of ours each tab has applied. */
  const applied = new Map<string, number>();
  /** Whom an answer may be for. */
  const askers = new Set<() => void>();

  const tell = (say: (listener: BusListener) => void): void => {
    for (const listener of listeners) {
      try {
        say(listener);
      } catch {
        // The others hear it all the same.
      }
    }
  };
  const forget = (tab = ''): void => {
    heard.delete(tab);
    applied.delete(tab);
  };
  const gap = (): void => tell((listener) => listener.gap());

  const post = (message: Partial<Message>): void =>
    channel?.postMessage({ format: FORMAT, from: tabs.own, told, ...message } satisfies Message);

  const hear = (message: Message): void => {
    const { from, invalidation } = message;
    const isAnswer = message.to === tabs.own;
    // What somebody had told before they answered our first question was told before we listened.
    const before = heard.get(from) ?? (isAnswer ? message.told : 0);
    heard.delete(from); // the last to speak is the last to be forgotten
    heard.set(from, message.told);
    if (heard.size > MOST_TABS) forget(heard.keys().next().value);
    if (invalidation) tell((listener) => listener.invalidated(invalidation));
    if (before + (invalidation ? 1 : 0) !== message.told) gap();
    if (message.asks) post({ to: from, applied: message.told });
    if (isAnswer) applied.set(from, message.applied ?? 0);
    for (const check of askers) check();
  };

  const open = (): void => {
    tabs.enter();
    channel?.close(); // a page may be told twice that it is back
    try {
      channel = new BroadcastChannel(databaseName(place));
    } catch {
      return; // There is none, or none for a page without an origin.
    }
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isLike(data, MESSAGE) || data.format !== FORMAT) return;
      if (data.invalidation === undefined || isLike(data.invalidation, INVALIDATION)) hear(data);
    };
    channel.onmessageerror = gap;
    unref(channel);
    post({ asks: true });
  };

  const close = (): void => {
    tabs.leave();
    channel?.close();
    channel = undefined;
    heard.clear();
    applied.clear();
  };

  /** Whether all of them answer in time that they have applied so many. */
  const haveApplied = (others: readonly string[], count: number, ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (answer: boolean) => {
        clearTimeout(timer);
        askers.delete(check);
        resolve(answer);
      };
      const timer = setTimeout(() => end(false), ms);
      const check = () => {
        if (others.every((tab) => (applied.get(tab) ?? 0) >= count)) end(true);
      };
      askers.add(check);
      check();
    });

  open();
  const unfollow = followPage({ leave: close, enter: open, gap });

  return {
    publish(invalidation) {
      told++;
      post({ invalidation });
      clearTimeout(echo);
      echo = setTimeout(() => post({}), ECHO);
      unref(echo);
    },
    async confirm(ms) {
      const count = told;
      const until = performance.now() + ms;
      const left = () => until - performance.now();
      const ask = async (): Promise<boolean> => {
        post({ asks: true });
        // Asked for each time: who has gone need not answer, and who has come since has read what is true.
        const isDone = await haveApplied(await tabs.others(), count, Math.min(ROUND, left()));
        return isDone || (left() > 0 && ask());
      };
      return within(ms, ask(), 'asking').catch(() => false);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      unfollow();
      clearTimeout(echo);
      listeners.clear();
      close();
    },
  };
}

/** Node would not end because of it. */
function unref(task: object): void {
  (task as { unref?: () => void }).unref?.();
}
