import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import { isLater, isLower } from '../contracts/revision.js';
import type {
  Adopted,
  AdoptingStore,
  Commit,
  ExplainingStore,
  HoldingStore,
  Lookup,
  Ticket,
} from '../contracts/store.js';
import { messageOf } from '../errors.js';

/** A place in memory that several stores share, as tabs share IndexedDB and processes share Redis. */
export interface SharedMemoryPlace {
  /** One tab's or process's way to the place. */
  store(): HoldingStore & ExplainingStore & AdoptingStore;
}

export interface SharedMemoryOptions {
  /** Tells when holds and cool-downs end. @default Date */
  clock?: { now(): number };
  /** Runs before each operation; what it returns is awaited. Lets tests delay and reorder. */
  before?: (operation: 'lookup' | 'commit' | 'release' | 'adopt' | 'invalidate' | 'hold') => void | Promise<void>;
}

interface Stored {
  readonly record: EntryRecord;
  readonly seq: number;
}

interface SeqTicket extends Ticket {
  readonly seq: number;
  /** The names that were known before the load. */
  readonly names: readonly string[];
}

/** A load that failed a moment ago. */
interface Failed {
  readonly message: string;
  readonly seq: number;
  readonly names: readonly string[];
  readonly until: number;
}

/** Keys and tags together, apart from each other. */
const namesOf = (hashes: readonly string[], tags: readonly string[]) => [...hashes.map((hash) => `k:${hash}`), ...tags];

/**
 * The reference implementation of the store port: every invalidation gets a number, every ticket carries the number
 * of its moment, and a record is current while none of its tags has a later one.
 */
export function sharedMemoryPlace({ clock = Date, before = () => {} }: SharedMemoryOptions = {}): SharedMemoryPlace {
  let seq = 0;
  const entries = new Map<string, Stored>();
  const failures = new Map<string, Failed>();
  const hard = new Map<string, number>();
  const soft = new Map<string, number>();
  const held = new Map<string, number>();
  /** When each name was last raised, by the wall clock. */
  const raisedAt = new Map<string, number>();

  const raised = (marks: Map<string, number>, names: readonly string[], since: number) =>
    names.some((name) => (marks.get(name) ?? 0) > since);
  const isHeld = (names: readonly string[]) => names.some((name) => (held.get(name) ?? 0) > clock.now());

  const look = (hash: string, tags: readonly string[], besides: string | undefined): Lookup => {
    const stored = entries.get(hash);
    const names = namesOf([hash], tags);
    const all = [...names, ...(stored?.record.tags ?? [])];
    if (isHeld(all)) return { held: true };
    if (stored !== undefined && stored.record.version !== besides && !raised(hard, all, stored.seq)) {
      return { hit: stored.record, stale: raised(soft, all, stored.seq) };
    }
    const failed = failures.get(hash);
    const retryIn = failed === undefined ? 0 : failed.until - clock.now();
    if (failed !== undefined && retryIn > 0 && !isRaised(failed)) return { failed: failed.message, retryIn };
    const ticket: SeqTicket = { seq, names };
    return { miss: ticket };
  };

  const isRaised = ({ names, seq: since }: Failed | SeqTicket) =>
    raised(hard, names, since) || raised(soft, names, since);

  const commit = (hash: string, record: EntryRecord, { seq: since }: SeqTicket): Commit => {
    const names = namesOf([hash], record.tags);
    const stored = entries.get(hash);
    if (raised(hard, names, since) || isHeld(names)) return 'dropped';
    if (isLower(record.revision, stored?.record.revision)) return 'dropped';
    // What is there is older than what was loaded, even if that can't be kept.
    entries.delete(hash);
    failures.delete(hash);
    try {
      entries.set(hash, { record: { ...record, value: structuredClone(record.value) }, seq: since });
    } catch (error) {
      return { unstorable: messageOf(error) };
    }
    return 'committed';
  };

  const adopt = (hash: string, record: EntryRecord, since: number): Adopted => {
    const names = namesOf([hash], record.tags);
    if (isHeld(names) || names.some((name) => (raisedAt.get(name) ?? Number.NEGATIVE_INFINITY) >= since))
      return 'dropped';
    const found = look(hash, record.tags, undefined);
    if ('hit' in found && isLater(found.hit, record, clock.now())) return found;
    return commit(hash, record, { seq, names });
  };

  const invalidate = (invalidation: Invalidation, holdUntil: number) => {
    seq++;
    for (const name of namesOf(invalidation.hashes, invalidation.tags)) {
      (invalidation.soft ? soft : hard).set(name, seq);
      held.set(name, holdUntil);
      raisedAt.set(name, clock.now());
    }
  };

  const explain = (hash: string, tags: readonly string[]) => {
    const stored = entries.get(hash);
    const names = namesOf([hash], [...tags, ...(stored?.record.tags ?? [])]);
    const since = stored?.seq ?? seq;
    return {
      ...(stored && { version: stored.record.version, loadedAt: stored.record.loadedAt, tags: stored.record.tags }),
      isStored: stored !== undefined,
      invalidatedBy: names.filter((name) => raised(hard, [name], since)),
      expiredBy: names.filter((name) => raised(soft, [name], since)),
      heldBy: names.filter((name) => isHeld([name])),
    };
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
        return commit(hash, record, ticket as SeqTicket);
      },
      async release(hash, ticket, failure) {
        await before('release');
        const { names, seq: since } = ticket as SeqTicket;
        if (failure === undefined || isRaised(ticket as SeqTicket)) return;
        failures.set(hash, { message: failure.message, names, seq: since, until: clock.now() + failure.coolDown });
      },
      async adopt(hash, record, since) {
        await before('adopt');
        return adopt(hash, record, since);
      },
      async invalidate(invalidation) {
        await before('invalidate');
        invalidate(invalidation, 0);
      },
      async hold(invalidation, ms) {
        await before('hold');
        invalidate({ ...invalidation, soft: false }, clock.now() + ms);
      },
      explain: async (hash, tags) => explain(hash, tags),
      async close() {},
    }),
  };
}
