import type { Mark } from '../coherence/fence.js';
import type { EntryRecord, Windows } from '../contracts/entry-record.js';

/** A value in memory. Its fields are plain and always present: this object is read on the hot path. */
export class Entry {
  readonly hash: string;
  readonly value: unknown;
  readonly tags: readonly string[];
  /** Where the value came from: `'source'`, a store's name, `'set'`, `'server'`. */
  readonly source: string;
  /** When the load ended, ms of the cache's clock. */
  readonly loadedAt: number;
  readonly version: string;
  readonly revision: string | undefined;
  windows: Windows;
  /** Logical time of the fence at which the load began, or at which a store confirmed the entry. */
  generation: number;
  /** Logical time of the fence at which the marks were last compared. */
  checkedAt: number;
  marks: readonly Mark[] = NO_MARKS;
  bytes = 0;
  /** Neighbours in the order of use. */
  newer: Entry | undefined = undefined;
  older: Entry | undefined = undefined;

  constructor(hash: string, record: EntryRecord, source: string, generation: number) {
    this.hash = hash;
    this.value = record.value;
    this.tags = record.tags;
    this.source = source;
    this.loadedAt = record.loadedAt;
    this.version = record.version;
    this.revision = record.revision;
    this.windows = record.windows;
    this.generation = generation;
    this.checkedAt = generation;
  }
}

const NO_MARKS: readonly Mark[] = [];
