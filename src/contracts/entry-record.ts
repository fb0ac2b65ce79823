/** The windows of an entry's timeline, in ms after `loadedAt`; each ends no earlier than the one before it. */
export interface Windows {
  /** Until here: fresh. From here to `fresh`: due (answered, with a load behind it). */
  readonly due: number;
  /** End of the ttl. */
  readonly fresh: number;
  /** End of stale-while-revalidate. */
  readonly stale: number;
  /** End of stale-if-error. From here the entry is expired. */
  readonly expires: number;
}

/** What a store keeps of an entry. */
export interface EntryRecord {
  /** An id of this one write, compared for equality only. */
  readonly version: string;
  readonly value: unknown;
  /** The user's tags and the implicit ones (see {@link Invalidation.tags}). */
  readonly tags: readonly string[];
  /**
   * The source's own number of this state (a row version, a log position), as decimal digits: a commit with a lower
   * one than the store has is dropped.
   */
  readonly revision?: string | undefined;
  /** When the load ended, in ms of the reader's clock: a store shared by machines converts. */
  readonly loadedAt: number;
  readonly windows: Windows;
}
