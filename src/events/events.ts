import type { Invalidation } from '../contracts/invalidation.js';
import type { CacheError } from '../errors.js';
import type { Phase } from '../freshness/timeline.js';
import type { Key } from '../key.js';

/** What happened in a cache. Times are durations in ms. */
export type CacheEvent =
  /** Answered from a tier. */
  | { type: 'hit'; hash: string; tier: string; phase: Phase }
  /** No tier could answer; a load follows. */
  | { type: 'miss'; hash: string }
  /** A lower tier is being asked. */
  | { type: 'lookup'; hash: string }
  | { type: 'load'; hash: string; key: Key; behind: boolean }
  | { type: 'loaded'; hash: string; time: number }
  /** Each load that begins ends: this way also if it gave up, since another has taken it over or its place. */
  | { type: 'load-failed'; hash: string; error: unknown }
  /** An entry is in memory now: loaded, set, hydrated, or promoted from the tier that `source` names. */
  | { type: 'stored'; hash: string; source: string }
  /** A value that was not stored, since an invalidation came after its load began. Its callers got it. */
  | { type: 'dropped'; hash: string; tier: string }
  | { type: 'evicted'; hash: string }
  /** `by`: this cache, or another tab or process. */
  | { type: 'invalidated'; invalidation: Invalidation; by: 'self' | 'other' }
  /** Messages from other tabs or processes may have been lost: memory is checked at its next use. */
  | { type: 'suspect' }
  /** A tier stopped answering; once per incident. */
  | { type: 'degraded'; tier: string; error: CacheError }
  | { type: 'recovered'; tier: string }
  /** A tier cannot keep a value. */
  | { type: 'unstorable'; hash: string; tier: string; error: CacheError }
  /** An auditor has loaded a key once more, and the source says something else than the tier. Instants in ms of the wall clock. */
  | { type: 'disagreement'; hash: string; tier: string; cached: unknown; loaded: unknown; trace: AuditTrace }
  /** A queued write was saved; or given up. */
  | { type: 'saved'; hash: string }
  | { type: 'save-failed'; hash: string; error: unknown };

export interface AuditTrace {
  /** The invalidation after which it was looked at. */
  readonly invalidation: Invalidation;
  readonly invalidatedAt: number;
  /** When what is cached was loaded: before `invalidatedAt`, it should be gone; after it, the source has changed untold. */
  readonly loadedAt: number;
  readonly auditedAt: number;
}

export type CacheEventType = CacheEvent['type'];

/** A listener of one type of event, or of all of them. */
export type CacheEventListener<T extends CacheEventType = CacheEventType> = (
  event: Extract<CacheEvent, { type: T }>,
) => void;

export interface Events {
  /** Whether anybody listens: lets the hot path skip making the event. */
  wants(type: CacheEventType): boolean;
  emit(event: CacheEvent): void;
  on<T extends CacheEventType>(type: T | '*', listener: CacheEventListener<T>): () => void;
}

/**
 * Calls each of those who listen now: whoever begins meanwhile does not hear of it. A listener must not break the
 * cache, and its error must not get lost either.
 */
export function tellAll<T>(listeners: Iterable<(event: T) => void>, event: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(event);
    } catch (error) {
      console.error(error);
    }
  }
}

export function createEvents(): Events {
  const listeners = new Map<CacheEventType | '*', Set<(event: never) => void>>();
  const deliver = (to: CacheEventType | '*', event: CacheEvent) => {
    tellAll(listeners.get(to) ?? [], event as never); // `on` registered them for this type
  };
  return {
    wants: (type) => listeners.size > 0 && (listeners.has(type) || listeners.has('*')),
    emit(event) {
      if (listeners.size === 0) return;
      deliver(event.type, event);
      deliver('*', event);
    },
    on(type, listener) {
      const added = (event: never) => listener(event); // the same listener may be added twice
      const set = listeners.get(type) ?? new Set();
      listeners.set(type, set.add(added));
      return () => {
        set.delete(added);
        if (set.size === 0 && listeners.get(type) === set) listeners.delete(type);
      };
    },
  };
}
