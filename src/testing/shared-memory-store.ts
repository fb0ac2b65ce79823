import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type { HoldingStore, Lookup, Ticket } from '../contracts/store.js';

/** A place in memory that several stores share, as tabs share IndexedDB and processes share Redis. */
export interface SharedMemoryPlace {
  /** One tab's or process's way to the place. */
  store(): HoldingStore;
}

export interface SharedMemoryOptions {
  /** Runs before each operation; what it returns is awaited. Lets tests delay and reorder. */
  before?: (operation: 'lookup' | 'commit' | 'release' | 'invalidate' | 'hold') => void | Promise<void>;
}

interface Stored {
  readonly record: EntryRecord;
  readonly seq: number;
}

interface SeqTicket extends Ticket {
  readonly seq: number;
}

/**
 * The reference implementation of the store port: every invalidation gets a number, every ticket carries the number
 * of its moment, and a record is current while none of its tags has a later one.
 */
export function sharedMemoryPlace({ before = () => {} }: SharedMemoryOptions = {}): SharedMemoryPlace {
  let seq = 0;
  const entries = new Map<string, Stored>();
  const hard = new Map<string, number>();
  const soft = new Map<string, number>();
  const held = new Map<string, number>();

  const names = ({ hashes, tags }: Invalidation) => [...hashes.map((hash) => `k:${hash}`), ...tags];
  const namesOf = (hash: string, tags: readonly string[]) => [`k:${hash}`, ...tags];
  const raised = (marks: Map<string, number>, of: readonly string[], since: number) =>
    of.some((name) => (marks.get(name) ?? 0) > since);

  const look = (hash: string, tags: readonly string[], besides: string | undefined): Lookup => {
    if (namesOf(hash, tags).some((name) => (held.get(name) ?? 0) > Date.now())) return { held: true };
    const stored = entries.get(hash);
    if (stored !== undefined && stored.record.version !== besides) {
      const all = namesOf(hash, stored.record.tags);
      if (!raised(hard, all, stored.seq)) return { hit: stored.record, stale: raised(soft, all, stored.seq) };
    }
    const ticket: SeqTicket = { seq };
    return { miss: ticket };
  };

  const invalidate = (invalidation: Invalidation) => {
    seq++;
    for (const name of names(invalidation)) {
      (invalidation.soft ? soft : hard).set(name, seq);
      held.delete(name);
    }
  };

  return {
    store: () => ({
      name: 'shared-memory',
      async lookup(hash, tags, besides) {
        await before('lookup');
        return look(hash, tags, besides);
      },
      async commit(hash, record, ticket) {
        await before('commit');
        const { seq: since } = ticket as SeqTicket;
        if (raised(hard, namesOf(hash, record.tags), since)) return 'dropped';
        try {
          entries.set(hash, { record: { ...record, value: structuredClone(record.value) }, seq: since });
        } catch {
          return 'unstorable';
        }
        return 'committed';
      },
      async release() {
        await before('release');
      },
      async invalidate(invalidation) {
        await before('invalidate');
        invalidate(invalidation);
      },
      async hold(invalidation, ms) {
        await before('hold');
        invalidate(invalidation);
        for (const name of names(invalidation)) held.set(name, Date.now() + ms);
      },
      async close() {},
    }),
  };
}
