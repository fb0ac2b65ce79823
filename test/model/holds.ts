import { KEYS } from './names.js';

/** A time in which a mutation lets nothing be stored that it reaches. */
export interface Hold {
  /** The hash of a key of nothing, by which it is known wherever it gets to. */
  readonly name: string;
  readonly by: object;
  readonly reaches: (key: number) => boolean;
  /** The same, but only by what is known before a load. */
  readonly reachesBefore: (key: number) => boolean;
  /** Whether it holds in its own cache. */
  isHere: boolean;
  /** Whether it holds in the store. */
  isStored: boolean;
  /** Whether somebody else has invalidated what it reaches, which ends it in the store. */
  isDisturbed: boolean;
  /** The caches that have heard of it. */
  readonly heardBy: Set<object>;
}

export const overlap = (one: (key: number) => boolean, other: (key: number) => boolean): boolean =>
  KEYS.some((key) => one(key) && other(key));

/** What is held by whom, so far as it can be told from outside. */
export class Holds {
  readonly #all = new Map<string, Hold>();

  begin(hold: Hold): Hold {
    this.#all.set(hold.name, hold);
    return hold;
  }

  end(hold: Hold): void {
    this.#all.delete(hold.name);
  }

  find(hashes: readonly string[]): Hold | undefined {
    return hashes.map((hash) => this.#all.get(hash)).find((hold) => hold !== undefined);
  }

  isHeldElsewhere(cache: object, key: number): boolean {
    return [...this.#all.values()].some((hold) => hold.by !== cache && hold.reaches(key));
  }

  /** Somebody invalidates, or time does: that ends in the store what others hold. */
  disturb(by: object | undefined, reaches: (key: number) => boolean): void {
    for (const hold of this.#all.values()) {
      if (hold.by !== by && overlap(hold.reaches, reaches)) hold.isDisturbed = true;
    }
  }

  /**
   * Whether what this cache has loaded just now must be kept nowhere. Others than its own count from when they were heard
   * of, and for names that the lookup knew: all else is in memory until the store has refused it.
   */
  isHeld(cache: object, key: number, isFaulty: boolean): boolean {
    return [...this.#all.values()].some((hold) => {
      if (hold.by === cache) return hold.isHere && hold.reaches(key);
      const isKnown = hold.reachesBefore(key) && hold.heardBy.has(cache);
      return isKnown && hold.isStored && !hold.isDisturbed && !isFaulty;
    });
  }
}
