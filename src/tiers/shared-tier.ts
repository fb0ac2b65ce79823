import type { Clock } from '../contracts/clock.js';
import type { EntryRecord } from '../contracts/entry-record.js';
import type { Invalidation } from '../contracts/invalidation.js';
import type {
  Adopted,
  AdoptingStore,
  Commit,
  ExplainingStore,
  Failure,
  HoldingStore,
  Lookup,
  Store,
  Ticket,
} from '../contracts/store.js';
import { messageOf, StoreError } from '../errors.js';
import type { Events } from '../events/events.js';
import { createBreaker } from '../resilience/breaker.js';
import type { Deadline } from '../resilience/deadline.js';
import { isLookup } from './is-lookup.js';
import { isUnstorable } from './is-unstorable.js';
import { createJournal } from './journal.js';

/** A store made safe: it answers by a deadline and never rejects. `undefined` means that it could not answer. */
export interface SharedTier {
  readonly name: string;
  lookup(hash: string, tags: readonly string[], besides?: string): Promise<Lookup | undefined>;
  commit(hash: string, record: EntryRecord, ticket: Ticket): Promise<Commit | undefined>;
  release(hash: string, ticket: Ticket, failure?: Failure): void;
  /** `undefined` if the store could not answer, or does not adopt. */
  adopt(hash: string, record: EntryRecord, since: number): Promise<Adopted | undefined>;
  /**
   * Whether the store has taken it. If not, it is kept and delivered before anything is read from the store again.
   *
   * @param holdFor ms for which the store keeps what is named from being stored, if it can
   */
  invalidate(invalidation: Invalidation, holdFor?: number): Promise<boolean>;
  /** What the store has of this key, for a person to read. */
  explain(hash: string, tags: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
  close(): Promise<void>;
}

export interface SharedTierOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Events;
  readonly deadline: Deadline;
  /** Ms after which the store counts as not answering. */
  readonly timeout: number;
  /** Hears what the store has taken late: those who looked in between have seen what it makes untrue. */
  readonly delivered: (invalidation: Invalidation) => void;
}

export function createSharedTier({
  store,
  clock,
  events,
  deadline,
  timeout,
  delivered,
}: SharedTierOptions): SharedTier {
  const breaker = createBreaker({ clock });
  const journal = createJournal();
  let replaying: Promise<boolean> | undefined;
  let degraded = false;
  let closed = false;

  const call = async <T>(operation: string, run: () => Promise<T>): Promise<T | undefined> => {
    if (!breaker.allows()) return undefined;
    try {
      const late = () => new StoreError(store.name, operation, `no answer within ${timeout} ms`);
      const answer = await deadline(started(run), timeout, late);
      breaker.succeeded();
      if (degraded) events.emit({ type: 'recovered', tier: store.name });
      degraded = false;
      return answer;
    } catch (error) {
      breaker.failed();
      if (!degraded)
        events.emit({ type: 'degraded', tier: store.name, error: asStoreError(store.name, operation, error) });
      degraded = true;
      return undefined;
    }
  };

  const deliver = async (): Promise<boolean> => {
    const owed = journal.owed();
    const taken = await call('invalidate', async () => {
      for (const invalidation of merge(owed)) await store.invalidate(invalidation);
      return true;
    });
    if (taken) {
      journal.settle(owed);
      merge(owed).forEach(delivered);
    }
    return taken === true && (journal.owed().length === 0 || deliver());
  };

  /** Truth first: nothing is read from or committed to a store that owes us an invalidation. */
  const caughtUp = async (): Promise<boolean> => {
    if (journal.owed().length === 0) return true;
    replaying ??= deliver().finally(() => {
      replaying = undefined;
    });
    return replaying;
  };

  /** Other tabs and processes go on reading what is untrue until it is delivered, so delivery can't wait for our next read. */
  let retrying = false;
  const retryLater = () => {
    if (retrying) return;
    retrying = true;
    clock.after(RETRY_PAUSE, () => {
      retrying = false;
      void caughtUp().then((delivered) => {
        if (!delivered && !closed) retryLater();
      });
    });
  };

  /** Past the breaker: a ticket that is kept makes others wait for a load that nobody runs. */
  const release: SharedTier['release'] = (hash, ticket, failure) => {
    started(() => store.release(hash, ticket, failure)).catch(() => {});
  };

  return {
    name: store.name,
    async lookup(hash, tags, besides) {
      if (journal.owed().length > 0 && !(await caughtUp())) return undefined;
      let asked: Promise<Lookup> | undefined;
      const found = await call('lookup', async () => {
        asked = started(() => store.lookup(hash, tags, besides));
        const answer = await asked;
        if (!isLookup(answer)) throw new StoreError(store.name, 'lookup', 'it answered what is no answer to a lookup');
        // Not everybody who looks something up listens to how that ends.
        const ending = 'busy' in answer ? answer.busy : 'miss' in answer ? answer.lost : undefined;
        ending?.then(undefined, () => {});
        return answer;
      });
      // An invalidation that failed meanwhile may be missing from what was read.
      if (found !== undefined && journal.owed().length === 0) return found;
      // A ticket that comes too late for us must not keep others waiting for a load that never ends.
      asked
        ?.then((late) => (isLookup(late) && 'miss' in late ? store.release(hash, late.miss) : undefined))
        .catch(() => {});
      return undefined;
    },
    async commit(hash, record, ticket) {
      const mayCommit = journal.owed().length === 0 || (await caughtUp());
      const answer = mayCommit ? await call('commit', () => store.commit(hash, record, ticket)) : undefined;
      if (answer === undefined) release(hash, ticket);
      return answer;
    },
    release,
    async adopt(hash, record, since) {
      if (!canAdopt(store) || (journal.owed().length > 0 && !(await caughtUp()))) return undefined;
      const answer = await call('adopt', () => store.adopt(hash, record, since));
      return typeof answer === 'string' || isUnstorable(answer) || isLookup(answer) ? answer : undefined;
    },
    async invalidate(invalidation, holdFor = 0) {
      const owing = journal.owed().length > 0;
      if (!owing) {
        const taken = await call('invalidate', async () => {
          await (holdFor > 0 && canHold(store) ? store.hold(invalidation, holdFor) : store.invalidate(invalidation));
          return true;
        });
        if (taken) return true;
      }
      journal.add(invalidation);
      if (owing && (await caughtUp())) return true;
      retryLater();
      return false;
    },
    async explain(hash, tags) {
      const owed = journal.owed().length;
      const record = canExplain(store) ? await call('explain', () => store.explain(hash, tags)) : undefined;
      return { name: store.name, answers: breaker.isClosed(), owed, ...record };
    },
    async close() {
      closed = true;
      // Past the breaker: what is down holds connections and timers all the same.
      const late = () => new StoreError(store.name, 'close', `no answer within ${timeout} ms`);
      await deadline(
        started(() => store.close()),
        timeout,
        late,
      ).catch(() => {});
    },
  };
}

/** Ms between attempts to deliver what the store is owed. */
const RETRY_PAUSE = 500;

function canHold(store: Store): store is HoldingStore {
  return 'hold' in store;
}

function canAdopt(store: Store): store is AdoptingStore {
  return 'adopt' in store;
}

function canExplain(store: Store): store is ExplainingStore {
  return 'explain' in store;
}

/** A store of an outsider may throw where it should reject. */
async function started<T>(run: () => Promise<T>): Promise<T> {
  return run();
}

function asStoreError(store: string, operation: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  return new StoreError(store, operation, messageOf(error), error);
}

/** Many invalidations as at most one hard and one soft one. */
function merge(invalidations: readonly Invalidation[]): Invalidation[] {
  return [false, true].flatMap((soft) => {
    const alike = invalidations.filter((invalidation) => invalidation.soft === soft);
    if (alike.length === 0) return [];
    const hashes = new Set(alike.flatMap((invalidation) => invalidation.hashes));
    const tags = new Set(alike.flatMap((invalidation) => invalidation.tags));
    return [{ hashes: [...hashes], tags: [...tags], soft }];
  });
}
