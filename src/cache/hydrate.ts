import type { Fence } from '../coherence/fence.js';
import type { Clock } from '../contracts/clock.js';
import type { Windows } from '../contracts/entry-record.js';
import type { Memory } from '../tiers/memory.js';
import type { Keep } from './keep.js';

/** An entry on its way to another place. Its times are durations, so that two clocks need not agree. */
export interface DehydratedEntry {
  readonly hash: string;
  readonly version: string;
  readonly value: unknown;
  readonly tags: readonly string[];
  /** Ms since its load ended. */
  readonly age: number;
  readonly windows: Windows;
}

export interface DehydrateOptions {
  /** Which entries to take. @default all that may be answered now */
  filter?: (entry: { hash: string; tags: readonly string[] }) => boolean;
}

export interface Hydration {
  dehydrate(options: DehydrateOptions | undefined): DehydratedEntry[];
  hydrate(entries: readonly DehydratedEntry[]): void;
}

export function createHydration({
  memory,
  fence,
  clock,
  keep,
}: {
  memory: Memory;
  fence: Fence;
  clock: Clock;
  keep: Keep;
}): Hydration {
  return {
    dehydrate(options) {
      const now = clock.now();
      const taken: DehydratedEntry[] = [];
      for (const entry of memory.current()) {
        const { hash, version, value, tags, windows, loadedAt } = entry;
        const age = now - loadedAt;
        if (!entry.isAnswerableAt(now)) continue;
        if (options?.filter && !options.filter({ hash, tags })) continue;
        taken.push({ hash, version, value, tags, age, windows });
      }
      return taken;
    },
    hydrate(entries) {
      const now = clock.now();
      for (const entry of entries) {
        if (!isDehydrated(entry)) continue; // data from elsewhere: what is misshapen is loaded instead
        const { hash, version, value, tags, age, windows } = entry;
        const loadedAt = now - Math.max(0, age);
        const known = memory.find(hash);
        if (known !== undefined && known.loadedAt >= loadedAt) continue;
        keep(hash, { version, value, tags, loadedAt, windows }, 'server', fence.now);
      }
    },
  };
}

function isDehydrated(entry: DehydratedEntry): boolean {
  const { hash, version, tags, age, windows } = entry ?? {};
  return (
    typeof hash === 'string' &&
    typeof version === 'string' &&
    typeof age === 'number' &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === 'string') &&
    typeof windows === 'object' &&
    windows !== null &&
    [windows.due, windows.fresh, windows.stale, windows.expires].every((end) => typeof end === 'number' && end >= 0)
  );
}
