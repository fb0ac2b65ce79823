import type { Mark } from '../coherence/fence.js';
import type { EntryRecord, Windows } from '../contracts/entry-record.js';
import { endFresh, type Phase, phaseOf, untilNextPhase } from '../freshness/timeline.js';
import { isOwnHash } from '../key.js';

/**
 * A value in memory. Its fields are plain and always present, those that a hit reads first, next to each other.
 */
export class Entry {
  readonly value: unknown;
  /** Logical time of the fence at which the marks were last compared. */
  checkedAt: number;
  /** The same if the hash is the key itself; before all time if a string that looks like it is another key. */
  directAt: number;
  /** Until then it is answered without a second look, ms of the cache's clock. */
  dueAt: number;
  /** When it was used last, in uses of the memory. */
  usedAt = 0;
  /** The same, so far as the order of use knows, and its place there. */
  rank = 0;
  place = 0;
  readonly hash: string;
  readonly tags: readonly string[];
  /** Where the value came from: `'source'`, a store's name, `'set'`, `'server'`. */
  readonly source: string;
  /** When the load ended, ms of the cache's clock. */
  readonly loadedAt: number;
  readonly version: string;
  readonly revision: string | undefined;
  windows: Windows;
  /** Logical time of the fence at which the load began, or at which a store confirmed the entry. */
  readonly generation: number;
  marks: readonly Mark[] = NO_MARKS;
  bytes = 0;

  constructor(hash: string, record: EntryRecord, source: string, generation: number) {
    this.value = record.value;
    this.checkedAt = generation;
    this.directAt = isOwnHash(hash) ? generation : -1;
    this.dueAt = record.loadedAt + record.windows.due;
    this.hash = hash;
    this.tags = record.tags;
    this.source = source;
    this.loadedAt = record.loadedAt;
    this.version = record.version;
    this.revision = record.revision;
    this.windows = record.windows;
    this.generation = generation;
  }

  /** Notes that its marks were compared at this logical time. */
  checked(at: number): void {
    this.checkedAt = at;
    if (this.directAt >= 0) this.directAt = at;
  }

  phaseAt(now: number): Phase {
    return now < this.dueAt ? 'fresh' : phaseOf(this.windows, now - this.loadedAt);
  }

  /** Whether it is answered without waiting for a load. */
  isAnswerableAt(now: number): boolean {
    return now < this.dueAt || now - this.loadedAt < this.windows.stale;
  }

  /** Ms until its phase changes; `Infinity` if it never does. */
  untilNextPhase(now: number): number {
    return untilNextPhase(this.windows, now - this.loadedAt);
  }

  /** Makes it stale at once. */
  endFresh(now: number): void {
    this.windows = endFresh(this.windows, now - this.loadedAt);
    this.dueAt = this.loadedAt + this.windows.due;
  }
}

const NO_MARKS: readonly Mark[] = [];
