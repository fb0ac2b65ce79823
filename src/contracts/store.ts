import type { EntryRecord } from './entry-record.js';
import type { Invalidation } from './invalidation.js';

declare const ticket: unique symbol;

/** The right to commit what a load brings (the lease). Only the store that gave it out looks into it. */
export interface Ticket {
  readonly [ticket]?: never;
}

/** What a store answers to a lookup. */
export type Lookup =
  /** Current. `stale`: a soft invalidation reached it. */
  | { readonly hit: EntryRecord; readonly stale?: boolean }
  /** Nothing current: load it. `lost` settles if the ticket is void before it is used, since somebody else took the load over. */
  | { readonly miss: Ticket; readonly lost?: Promise<void> }
  /** Somebody else is loading it: wait (bounded by the caller), then look up again. */
  | { readonly busy: Promise<void> }
  /** A mutation is under way: load it for the caller, but store it nowhere. */
  | { readonly held: true }
  /** A load failed a moment ago, here or elsewhere: the source is spared for `retryIn` ms. */
  | { readonly failed: string; readonly retryIn: number };

/** Why a load brought nothing. */
export interface Failure {
  /** What the loader's error says. */
  readonly message: string;
  /** Ms for which lookups of this key answer `failed`, unless an invalidation of the key comes. */
  readonly coolDown: number;
}

/**
 * `dropped`: an invalidation came after the ticket, or the store has a later revision.
 * `unstorable`: the store cannot keep this value, for this reason.
 */
export type Commit = 'committed' | 'dropped' | { readonly unstorable: string };

/**
 * A store shared by tabs or processes. It is not get/set/delete, because with those a late load brings an old
 * value back after an invalidation: leases (Nishtala et al., Scaling Memcache at Facebook, NSDI 2013) do not.
 *
 * Every method may reject; the core turns a rejection into "slower", never into an error of the application.
 */
export interface Store {
  /** Shown as the `source` of a view: `'indexeddb'`, `'redis'`. */
  readonly name: string;

  /**
   * One round trip on a hit: the record if it is still current, else what a load that begins now needs.
   *
   * @param tags tags that are known before the load, implicit ones included
   * @param besides the version that the caller has and wants to replace: a record of that version is no hit
   */
  lookup(hash: string, tags: readonly string[], besides?: string): Promise<Lookup>;

  /** Stores the record, unless an invalidation of its key or of any of its tags came after the ticket. */
  commit(hash: string, record: EntryRecord, ticket: Ticket): Promise<Commit>;

  /**
   * Gives a ticket back: the load failed, was abandoned, or its value is not to be stored.
   *
   * @param failure that others should not repeat at once. A store that cannot tell them may ignore it.
   */
  release(hash: string, ticket: Ticket, failure?: Failure): Promise<void>;

  /** One atomic step without a scan of entries; resolves when every later lookup and commit respects it. */
  invalidate(invalidation: Invalidation): Promise<void>;

  /** Lets go of connections and timers. */
  close(): Promise<void>;
}

/** A store that can keep loads from committing for the time of a mutation. */
export interface HoldingStore extends Store {
  /**
   * Like `invalidate`; and until `ms` have passed or the next `invalidate`, lookups of these answer `held` and
   * nothing of them is committed.
   */
  hold(invalidation: Invalidation, ms: number): Promise<void>;
}

/**
 * What became of a record that was to be adopted. A hit if the store has one that was loaded later, or has a later
 * revision.
 */
export type Adopted = Commit | Extract<Lookup, { readonly hit: EntryRecord }>;

/** A store that takes in what was loaded elsewhere, and came with a page. */
export interface AdoptingStore extends Store {
  /**
   * Stores the record unless something that it depends on was invalidated, expired or held at `since` or later: its load
   * may have begun before that. Takes no turn and no ticket from anybody.
   *
   * @param since when its load began at the earliest, in ms of the wall clock
   */
  adopt(hash: string, record: EntryRecord, since: number): Promise<Adopted>;
}

/** A store that can tell why a lookup would hit or miss, without taking part in it. */
export interface ExplainingStore extends Store {
  /** What the store has of this key: plain data for a person to read. */
  explain(hash: string, tags: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}
