import type { Clock } from '../../contracts/clock.js';
import { WriteBehindError } from '../../errors.js';
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
  /** Forgets what waits for this key. Resolves when none of it is being saved any more. */
  drop(hash: string): Promise<void>;
  /** Runs tasks of one key one after the other. */
  inOrder<T>(hash: string, task: () => Promise<T>): Promise<T>;
  /** Saves everything that is queued. Never rejects: what was given up is an event. */
  flush(): Promise<void>;
}

interface Queued {
  patch: unknown;
  readonly merge: (before: unknown, patch: unknown) => unknown;
  readonly save: (patch: unknown) => Promise<void>;
  /** The latest attempt to save it. */
  attempt?: Promise<void>;
}

/** Ms that a write waits for others of its key, to be saved with them. */
const COALESCE = 50;
const MOST_ATTEMPTS = 5;
const FIRST_PAUSE = 200;

export function createWriteBehind(clock: Clock, events: Events, onGivenUp: (hash: string) => void): WriteBehind {
  const queue = new Map<string, Queued>();
  const saving = new Map<string, Queued>();
  const lanes = new Map<string, Promise<unknown>>();
  let draining: Promise<void> | undefined;

  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

  const saveOne = async (hash: string, one: Queued): Promise<void> => {
    saving.set(hash, one);
    for (let attempt = 1; saving.get(hash) === one; attempt++) {
      try {
        one.attempt = one.save(one.patch);
        await one.attempt;
        if (events.wants('saved')) events.emit({ type: 'saved', hash });
        break;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS) {
          events.emit({ type: 'save-failed', hash, error: new WriteBehindError(hash, attempt, error) });
          onGivenUp(hash);
          break;
        }
        await pause(FIRST_PAUSE * 2 ** (attempt - 1));
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

  return {
    push(hash, patch, merge, save) {
      const waiting = queue.get(hash);
      const general = merge as Queued['merge'];
      if (waiting !== undefined) waiting.patch = waiting.merge(waiting.patch, patch);
      else queue.set(hash, { patch, merge: general, save: save as Queued['save'] });
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
      const attempt = saving.get(hash)?.attempt;
      queue.delete(hash);
      saving.delete(hash);
      await attempt?.catch(() => {});
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
    async flush() {
      const awake = setInterval(() => {}, 1_000); // the clock's timers let a process end, and lose what is queued
      await empty();
      clearInterval(awake);
    },
  };
}
