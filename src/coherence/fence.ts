import { EVERYTHING, type Invalidation } from '../contracts/invalidation.js';

/** When a tag or a single key was last raised, in the fence's logical time. Entries hold the marks of their tags. */
export interface Mark {
  readonly name: string;
  invalidatedAt: number;
  expiredAt: number;
  /** How many entries hold this mark. */
  pins: number;
}

/**
 * What happened to a key or to its tags since some moment: `hard` means untrue, `soft` stale, `suspect` that something
 * may have happened of which nothing was heard.
 */
export type Raised = 'hard' | 'soft' | 'suspect' | undefined;

/** How many marks that no entry holds are remembered for the sake of loads in flight. */
const MAX_LOOSE_MARKS = 10_000;

/**
 * The one rule of coherence within a tab or process: **what was loaded or looked up before an invalidation that
 * reaches it is not current.** Time is logical: one tick per invalidation, so no clock can jump.
 *
 * Entries hold the marks of their tags, so that checking one costs an integer comparison per tag and
 * invalidating a tag costs one write, however many entries carry it. Marks that no entry holds are kept for
 * loads in flight, up to a bound; when some are forgotten, the floor rises: whatever began before it counts as
 * raised. Forgetting may invalidate too much, never too little.
 */
export class Fence {
  /** The logical time. */
  now = 1;
  /** When a tag was last raised: entries whose marks were compared since are current. Read on the hot path. */
  tagsRaisedAt = 0;
  /** What is from before may be untrue without our having heard of it. */
  suspectedAt = 0;
  #floor = 0;
  /** By tag or `k:<hash>`. Single keys are marked for loads in flight only: their entries are removed at once. */
  readonly #marks = new Map<string, Mark>();
  /** What entries without tags of their own hold: shared by them, and held by the fence itself. */
  readonly #everything: readonly Mark[];
  readonly #loose = new Set<Mark>();
  /** By the same: how many mutations that are under way name it. */
  readonly #held = new Map<string, number>();

  constructor() {
    const mark = this.#markOf(EVERYTHING);
    mark.pins = 1;
    this.#everything = [mark];
  }

  raise({ hashes, tags, soft }: Invalidation): void {
    this.now++;
    if (tags.length > 0) this.tagsRaisedAt = this.now;
    for (const name of namesOf(hashes, tags)) {
      const mark = this.#markOf(name);
      mark[soft ? 'expiredAt' : 'invalidatedAt'] = this.now;
      if (mark.pins === 0) this.#loose.add(mark);
    }
    if (this.#loose.size > MAX_LOOSE_MARKS) this.#forget();
  }

  /** Doubts whatever was loaded or looked up until now. */
  suspect(): void {
    this.now++;
    this.tagsRaisedAt = this.now;
    this.suspectedAt = this.now;
  }

  /** What was raised after `since` among a key and its tags. */
  raisedSince(since: number, hash: string, tags: readonly string[]): Raised {
    if (since === this.now) return undefined;
    if (since < this.#floor) return 'hard';
    let raised: Raised = since < this.suspectedAt ? 'suspect' : undefined;
    for (const name of namesOf([hash], tags)) {
      const mark = this.#marks.get(name);
      if (mark === undefined) continue;
      if (mark.invalidatedAt > since) return 'hard';
      if (mark.expiredAt > since) raised = 'soft';
    }
    return raised;
  }

  /** Nothing that is named is kept from now on. @returns a function that ends it */
  hold({ hashes, tags }: Invalidation): () => void {
    const names = namesOf(hashes, tags);
    const add = (one: number) => {
      for (const name of names) {
        const count = (this.#held.get(name) ?? 0) + one;
        if (count > 0) this.#held.set(name, count);
        else this.#held.delete(name);
      }
    };
    add(1);
    return () => add(-1);
  }

  /** Whether a mutation is under way that names one of these. */
  isHeld(hashes: readonly string[], tags: readonly string[]): boolean {
    return this.#held.size > 0 && namesOf(hashes, tags).some((name) => this.#held.has(name));
  }

  /** The marks of an entry's tags, held until {@link unpin}. */
  pin(tags: readonly string[]): readonly Mark[] {
    if (tags.length === 1 && tags[0] === EVERYTHING) return this.#everything;
    return tags.map((tag) => {
      const mark = this.#markOf(tag);
      if (mark.pins++ === 0) this.#loose.delete(mark);
      return mark;
    });
  }

  unpin(marks: readonly Mark[]): void {
    if (marks === this.#everything) return;
    for (const mark of marks) {
      if (--mark.pins > 0) continue;
      // A mark at the floor says nothing that a new one would not say.
      if (Math.max(mark.invalidatedAt, mark.expiredAt) <= this.#floor) this.#marks.delete(mark.name);
      else this.#loose.add(mark);
    }
  }

  #markOf(name: string): Mark {
    const known = this.#marks.get(name);
    if (known !== undefined) return known;
    const mark = { name, invalidatedAt: this.#floor, expiredAt: this.#floor, pins: 0 };
    this.#marks.set(name, mark);
    return mark;
  }

  #forget(): void {
    for (const mark of this.#loose) this.#marks.delete(mark.name);
    this.#loose.clear();
    this.#floor = this.now;
  }
}

/** Hashes and tags together, apart from each other. */
function namesOf(hashes: readonly string[], tags: readonly string[]): string[] {
  return [...hashes.map((hash) => `k:${hash}`), ...tags];
}
