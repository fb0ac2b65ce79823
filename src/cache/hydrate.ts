import type { Fence } from '../coherence/fence.js';
import type { Clock } from '../contracts/clock.js';
import type { Windows } from '../contracts/entry-record.js';
import { OptionError } from '../errors.js';
import { hashKey, type Key } from '../key.js';
import type { Entry } from '../tiers/entry.js';
import { isRecord } from '../tiers/is-record.js';
import type { Memory } from '../tiers/memory.js';
import type { Adopt } from './reading/adopt.js';
import type { Keep } from './reading/keep.js';
import { newVersion } from './reading/load.js';

/** An entry on its way to another place. Its times are durations, so that two clocks need not agree. */
export interface DehydratedEntry {
  readonly hash: string;
  readonly version: string;
  readonly value: unknown;
  readonly tags: readonly string[];
  /** The source's own number of this state, if it told one. */
  readonly revision?: string;
  /** Ms since its load ended. */
  readonly age: number;
  readonly windows: Windows;
}

export interface DehydrateOptions {
  /** Only the entries of these keys. @default all */
  keys?: readonly Key[];
  /** Which entries to take. @default all that may be answered now */
  filter?: (entry: { hash: string; tags: readonly string[] }) => boolean;
}

/** Brings what has arrived since it was last asked; `undefined` once nothing will come any more. */
export type Arrivals = () => readonly DehydratedEntry[] | undefined;

export interface Hydration {
  dehydrate(options: DehydrateOptions | undefined): DehydratedEntry[];
  hydrate(entries: readonly DehydratedEntry[] | Arrivals): void;
  /** The entry of a key that memory lacks, if it has arrived meanwhile. */
  arrived(hash: string): Entry | undefined;
}

export interface HydrationParts {
  readonly memory: Memory;
  readonly fence: Fence;
  readonly clock: Clock;
  readonly keep: Keep;
  /** Takes what memory keeps to the tier below. */
  readonly adopt: Adopt | undefined;
  /** Notes what the page's HTML shows; of other keys it shows that there is nothing. */
  readonly pin: (entries: readonly DehydratedEntry[]) => void;
}

export function createHydration({ memory, fence, clock, keep, adopt, pin }: HydrationParts): Hydration {
  let arrivals: Arrivals | undefined;
  /** Logical time of the fence at which we began to wait for them: what is invalidated meanwhile is untrue when it arrives. */
  let waitingSince = 0;
  /**
   * When an entry was first taken in. Taken in again, it is as old as that, and what was invalidated since is untrue:
   * a page that is shown again brings the state along that it came with (github.com/vercel/next.js/issues/69979).
   */
  const firsts = new WeakMap<DehydratedEntry, { readonly loadedAt: number; readonly generation: number }>();

  const takeIn = (entries: readonly DehydratedEntry[], since: number): void => {
    const now = clock.now();
    const sound = entries.filter(isDehydrated); // data from elsewhere: what is misshapen is loaded instead
    pin(sound);
    for (const entry of sound) {
      const { hash, version, value, tags, revision, age, windows } = entry;
      const first = firsts.get(entry) ?? { loadedAt: now - Math.max(0, age), generation: since };
      firsts.set(entry, first);
      const { loadedAt, generation } = first;
      const known = memory.find(hash);
      if (known !== undefined && known.loadedAt >= loadedAt) continue;
      const record = { version: version || newVersion(), value, tags, revision, loadedAt, windows };
      const { entry: kept, current } = keep(hash, record, 'server', generation);
      if (current) void adopt?.(kept, record);
    }
  };

  return {
    dehydrate(options) {
      const now = clock.now();
      const taken: DehydratedEntry[] = [];
      const asked = options?.keys && new Set(options.keys.map(hashKey));
      for (const entry of asked ? found(memory, asked) : memory.current()) {
        const { hash, version, value, tags, revision, windows, loadedAt } = entry;
        const age = now - loadedAt;
        if (!entry.isAnswerableAt(now)) continue;
        if (options?.filter && !options.filter({ hash, tags })) continue;
        taken.push({ hash, version, value, tags, ...(revision !== undefined && { revision }), age, windows });
      }
      return taken;
    },
    hydrate(entries) {
      if (typeof entries !== 'function') {
        if (!Array.isArray(entries)) throw new OptionError('hydrate', entries, 'the array that dehydrate() returned');
        takeIn(entries, fence.now);
        return;
      }
      pin([]);
      arrivals = entries;
      waitingSince = fence.now;
    },
    arrived(hash) {
      if (arrivals === undefined) return undefined;
      const entries = arrivals();
      if (entries === undefined) arrivals = undefined;
      else takeIn(entries, waitingSince);
      return memory.find(hash);
    },
  };
}

function* found(memory: Memory, hashes: Iterable<string>): Iterable<Entry> {
  for (const hash of hashes) {
    const entry = memory.find(hash);
    if (entry !== undefined) yield entry;
  }
}

/** Whether it has the shape of one: it comes from elsewhere. */
export function isDehydrated(entry: DehydratedEntry): boolean {
  return isRecord(entry) && typeof entry.hash === 'string' && typeof entry.age === 'number' && !Number.isNaN(entry.age);
}
