import type { Entry } from './entry.js';

/**
 * Entries by when they were used last: a heap, in which no entry comes before what is above it.
 *
 * A hit only notes when it was, since to put the entry in its place each time would cost a fifth of the hit. Who comes to
 * the top and was used since finds its place then: nobody can have been used before one that was not.
 */
export class UseOrder {
  readonly #heap: Entry[] = [];
  #uses = 0;

  touch(entry: Entry): void {
    entry.usedAt = ++this.#uses;
  }

  /** Takes in what was never used before. */
  add(entry: Entry): void {
    this.touch(entry);
    entry.rank = entry.usedAt;
    entry.place = this.#heap.push(entry) - 1; // the latest of all
  }

  remove(entry: Entry): void {
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#rise(last, entry.place);
    this.#sink(last, last.place);
  }

  /** The one that was not used for longest. */
  oldest(): Entry | undefined {
    const [top] = this.#heap;
    if (top === undefined || top.rank === top.usedAt) return top;
    top.rank = top.usedAt;
    this.#sink(top, 0);
    return this.oldest();
  }

  #rise(entry: Entry, place: number): void {
    const above = this.#heap[(place - 1) >> 1];
    if (above === undefined || above.rank < entry.rank) {
      this.#put(entry, place);
      return;
    }
    const free = above.place;
    this.#put(above, place);
    this.#rise(entry, free);
  }

  #sink(entry: Entry, place: number): void {
    const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
    const below = left !== undefined && right !== undefined && right.rank < left.rank ? right : left;
    if (below === undefined || entry.rank < below.rank) {
      this.#put(entry, place);
      return;
    }
    const free = below.place;
    this.#put(below, place);
    this.#sink(entry, free);
  }

  #put(entry: Entry, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}
