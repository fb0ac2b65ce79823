/** The tag that every entry carries. */
export const EVERYTHING = '*';

/** What became untrue (or, if soft, stale), in the words of stores and buses. */
export interface Invalidation {
  /** Hashes of single keys. */
  readonly hashes: readonly string[];
  /**
   * Names shared by entries that become untrue together. A user's tag is `t:<tag>`; implicit tags are
   * `p:<hash>` for every proper prefix of an array key, and `*` for everything. So a store knows one
   * mechanism, and every target but a key is one write, however many entries it reaches.
   */
  readonly tags: readonly string[];
  /** Soft: the entries become stale at once rather than untrue. */
  readonly soft: boolean;
  /**
   * A mutation is about to be made: what is named is dropped now, and nothing is stored of it until the mutation
   * has been made and is told in its turn. So it is too early to load it again.
   */
  readonly held?: boolean;
}
