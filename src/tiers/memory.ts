import type { Fence, Mark } from '../coherence/fence.js';
import type { Clock } from '../contracts/clock.js';
import type { Events } from '../events/events.js';
import type { Key } from '../key.js';
import type { Entry } from './entry.js';
import { sizeOf } from './size-of.js';
import { UseOrder } from './use-order.js';

export interface MemoryOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly events: Events;
}

/** The first tier: synchronous, bounded by entries and bytes, dropping the least recently used first. */
export class Memory {
  readonly #entries = new Map<string, Entry>();
  readonly #fence: Fence;
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  readonly #order = new UseOrder();
  #bytes = 0;

  constructor(options: MemoryOptions) {
    this.#fence = options.fence;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#maxEntries = options.maxEntries;
    this.#maxBytes = options.maxBytes;
  }

  /**
   * The entry of a key that is its own hash, if it is known to be current: what most reads find, and before anything
   * is asked of the key. Finding nothing says nothing.
   */
  findDirectly(key: Key): Entry | undefined {
    const entry = this.#entries.get(key as string);
    return entry !== undefined && entry.directAt >= this.#fence.tagsRaisedAt ? entry : undefined;
  }

  /** The entry, if it is current. Its age is the caller's to judge. */
  find(hash: string): Entry | undefined {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    return entry.checkedAt >= this.#fence.tagsRaisedAt || this.#check(entry) ? entry : undefined;
  }

  /** The entry as it is, current or not: only good to be compared with what a store says. */
  recall(hash: string): Entry | undefined {
    return this.#entries.get(hash);
  }

  /** Notes that the entry was used, so that it is evicted last. */
  touch(entry: Entry): void {
    this.#order.touch(entry);
  }

  put(entry: Entry): void {
    if (this.#maxEntries < 1) return; // then an entry only passes through
    const before = this.#entries.get(entry.hash);
    if (before !== undefined) this.#drop(before);
    if (this.#maxBytes !== Number.POSITIVE_INFINITY) {
      entry.bytes = sizeOf(entry.value) + ENTRY_BYTES;
      // Storing it would evict everything else, and not be enough.
      if (entry.bytes > this.#maxBytes) {
        this.#evicted(entry);
        return;
      }
    }
    while (this.#entries.size + 1 > this.#maxEntries || this.#bytes + entry.bytes > this.#maxBytes) {
      const oldest = this.#order.oldest();
      if (oldest === undefined) break;
      this.#drop(oldest);
      this.#evicted(oldest);
    }
    entry.marks = this.#fence.pin(entry.tags);
    this.#entries.set(entry.hash, entry);
    this.#bytes += entry.bytes;
    this.#order.add(entry);
  }

  remove(hash: string): void {
    const entry = this.#entries.get(hash);
    if (entry !== undefined) this.#drop(entry);
  }

  /** Makes one entry stale at once. */
  expire(hash: string): void {
    this.#entries.get(hash)?.endFresh(this.#clock.now());
  }

  clear(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  /** All current entries, in the order in which they came. */
  *current(): Iterable<Entry> {
    for (const entry of this.#entries.values()) if (this.find(entry.hash) === entry) yield entry;
  }

  stats(): { entries: number; bytes: number } {
    const { length } = [...this.current()]; // what is untrue goes first
    return { entries: length, bytes: this.#bytes };
  }

  /** Compares the entry with its marks: removes what is untrue, ends the ttl of what was expired. */
  #check(entry: Entry): boolean {
    if (entry.generation < this.#fence.suspectedAt) return false; // until a store has confirmed it
    let expired = false;
    for (const mark of entry.marks) {
      if (mark.invalidatedAt > entry.generation) {
        this.#drop(entry);
        return false;
      }
      if (mark.expiredAt > entry.checkedAt) expired = true;
    }
    if (expired) entry.endFresh(this.#clock.now());
    entry.checked(this.#fence.now);
    return true;
  }

  #evicted(entry: Entry): void {
    if (this.#events.wants('evicted')) this.#events.emit({ type: 'evicted', hash: entry.hash });
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.hash);
    this.#bytes -= entry.bytes;
    this.#order.remove(entry);
    this.#fence.unpin(entry.marks);
    entry.marks = DROPPED;
  }
}

/** About what an entry takes besides its value. */
const ENTRY_BYTES = 256;
const DROPPED: readonly Mark[] = [];
