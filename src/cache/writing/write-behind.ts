import type { Clock } from '../../contracts/clock.js';
import { ClosedError, WriteBehindError } from '../../errors.js';
import type { Events } from '../../events/events.js';

/** Writes that the cache has and the source has not yet. Lives in memory: a crash loses what is queued. */
export interface WriteBehind {
  /** Queues a write; one that is still waiting for the same key is merged with it and keeps its place. */
  push<T>(
    hash: string,
    patch: T,
    merge: (before: T | undefined, patch: T) => T,
    save: (patch: T) => Promise<void>,
  ): void;
  /** What is queued or being saved for this key. */
  pending<T>(hash: string): T | undefined;
  /**
   * Forgets what waits for this key. Resolves when none of it is being saved any more, with what tells that it is lost
   * if that was for nothing.
   */
  drop(hash: string): Promise<(cause: unknown) => void>;
  /** Runs tasks of one key one after the other. */
  inOrder<T>(hash: string, task: () => Promise<T>): Promise<T>;
  /** Saves everything that is queued. Never rejects: what was given up is an event. */
  flush(): Promise<void>;
  /** Saves what it can in a bounded time, and gives up the rest. */
  close(): Promise<void>;
}

interface Queued {
  patch: unknown;
  readonly merge: (before: unknown, patch: unknown) => unknown;
  readonly save: (patch: unknown) => Promise<void>;
  /** The latest attempt to save it, and how many there were. */
  attempt?: Promise<void>;
  attempts: number;
}

/** Ms that a write waits for others of its key, to be saved with them. */
const COALESCE = 50;
const MOST_ATTEMPTS = 5;
const FIRST_PAUSE = 200;
/** Ms after which a source that does not answer no longer keeps the cache from closing. */
const LONGEST_CLOSE = 10_000;

export function createWriteBehind(clock: Clock, events: Events, onGivenUp: (hash: string) => unknown): WriteBehind {
  const queue = new Map<string, Queued>();
  const saving = new Map<string, Queued>();
  const lanes = new Map<string, Promise<unknown>>();
  let draining: Promise<void> | undefined;
  let endWaiting = () => {};
  const tooLate = new Promise<void>((resolve) => {
    endWaiting = resolve;
  });

  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

  const giveUp = (hash: string, { attempts }: Queued, cause: unknown): unknown => {
    events.emit({ type: 'save-failed', hash, error: new WriteBehindError(hash, attempts, cause) });
    return onGivenUp(hash);
  };

  const saveOne = async (hash: string, one: Queued): Promise<void> => {
    saving.set(hash, one);
    while (saving.get(hash) === one) {
      try {
        one.attempts++;
        one.attempt = one.save(one.patch);
        await one.attempt;
        events.emit({ type: 'saved', hash });
        break;
      } catch (error) {
        if (one.attempts === MOST_ATTEMPTS) {
          void giveUp(hash, one, error);
          break;
        }
        await pause(FIRST_PAUSE * 2 ** (one.attempts - 1));
      }
    }
    if (saving.get(hash) === one) saving.delete(hash);
  };

  /** In the order in which keys were first written. */
  const drain = async (): Promise<void> => {
    for (let next = queue.entries().next(); !next.done; next = queue.entries().next()) {
      const [hash, one] = next.value;
      queue.delete(hash);
      await saveOne(hash, one);
    }
    draining = undefined;
  };

  const empty = (): Promise<void> => {
    // An empty queue is drained before it could be noted that it is being drained.
    if (queue.size > 0) draining ??= drain();
    return draining ?? Promise.resolve();
  };

  const flush = async (): Promise<void> => {
    const awake = setInterval(() => {}, 1_000); // the clock's timers let a process end, and lose what is queued
    await Promise.race([empty(), tooLate]);
    clearInterval(awake);
  };

  return {
    push(hash, patch, merge, save) {
      const waiting = queue.get(hash);
      const general = merge as Queued['merge'];
      if (waiting !== undefined) waiting.patch = waiting.merge(waiting.patch, patch);
      else queue.set(hash, { patch, merge: general, save: save as Queued['save'], attempts: 0 });
      const isFirst = waiting === undefined && queue.size === 1;
      if (isFirst && draining === undefined) clock.after(COALESCE, () => void empty());
    },
    pending<T>(hash: string) {
      const first = saving.get(hash);
      const second = queue.get(hash);
      if (first === undefined || second === undefined) return (second ?? first)?.patch as T | undefined;
      return second.merge(first.patch, second.patch) as T;
    },
    async drop(hash) {
      const waiting = queue.get(hash);
      const first = saving.get(hash);
      queue.delete(hash);
      saving.delete(hash);
      const unsaved = await first?.attempt?.then(
        () => undefined,
        () => first,
      );
      const lost = waiting ?? unsaved;
      return (cause) => lost && giveUp(hash, lost, cause);
    },
    inOrder(hash, task) {
      const turn = (lanes.get(hash) ?? Promise.resolve()).then(task, task);
      const lane = turn
        .catch(() => {})
        .finally(() => {
          if (lanes.get(hash) === lane) lanes.delete(hash);
        });
      lanes.set(hash, lane);
      return turn;
    },
    flush,
    async close() {
      if (queue.size + saving.size === 0) return;
      const cancel = clock.after(LONGEST_CLOSE, endWaiting);
      await flush();
      cancel();
      const lost = [...saving, ...queue];
      saving.clear();
      queue.clear();
      await Promise.all(lost.map(([hash, one]) => giveUp(hash, one, new ClosedError('A save'))));
    },
  };
}
