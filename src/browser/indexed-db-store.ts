import type { EntryRecord } from '../contracts/entry-record.js';
import type { Adopted, AdoptingStore, Commit, ExplainingStore, HoldingStore, Lookup } from '../contracts/store.js';
import { checkLimit, checkWords } from '../errors.js';
import { type Duration, waitingTime } from '../freshness/duration.js';
import { type Arrival, adopt } from './adopt.js';
import { batched } from './batched.js';
import { commit, type Offer } from './commit.js';
import { complete } from './complete.js';
import { type ConnectionOptions, connect, STORE_NAME } from './connection.js';
import { databaseName, type Place } from './database-name.js';
import { deleteByExpiry, deleteEntry } from './entry-rows.js';
import { empty, getTotals, marksOf, putTotals, reset, type Totals } from './fence-rows.js';
import { invalidate, type Order } from './invalidate.js';
import { createLoadLocks } from './load-locks.js';
import { type Lease, lookUp, type Question } from './look-up.js';
import { weigh } from './weigh.js';

export interface IndexedDbStoreOptions extends Place, ConnectionOptions {
  /** How many entries the disk keeps. @default 5_000 */
  readonly maxEntries?: number;
  /** How many bytes they may take, estimated; one entry may take a fifth of it. @default 50 MB */
  readonly maxBytes?: number;
  /** How long to wait for another tab that loads the same, before loading too: that tab may be frozen. @default '2s' */
  readonly waitDeadline?: Duration;
  /** Lets one tab at a time load a key; `null` lets each load for itself. @default navigator.locks */
  readonly locks?: LockManager | null;
  /** Tells the wall-clock time, by which entries expire. @default Date */
  readonly clock?: { now(): number };
}

const OPTIONS =
  'name scope indexedDB openDeadline readDeadline writeDeadline maxEntries maxBytes waitDeadline locks clock';
/** Commits, or deletions, that travel together: reads wait for them, and a tab may be frozen in mid-transaction. */
const BATCH = 100;
/** Ms between sweeps of what has expired, whichever tab does it. */
const SWEEP_PAUSE = 3_600_000;
/** Ms between evictions because of the quota: browsers give the room back with a delay. */
const EVICTION_PAUSE = 600_000;

/**
 * Keeps entries in IndexedDB, shared by the tabs of an origin. Every entry carries the sequence number at which its
 * load began, every invalidation raises the number and marks keys and tags with it; and what a transaction commits
 * or answers has been compared with the marks inside that same transaction.
 *
 * @throws {OptionError} for an option that cannot work, or is none
 */
export function indexedDbStore(options: IndexedDbStoreOptions): HoldingStore & ExplainingStore & AdoptingStore {
  const { maxEntries = 5_000, maxBytes = 50_000_000, waitDeadline = '2s', clock = Date } = options;
  const { locks = globalThis.navigator?.locks } = options;
  checkWords('disk.', options, OPTIONS.split(' '));
  checkLimit('disk.maxEntries', maxEntries);
  checkLimit('disk.maxBytes', maxBytes);
  const name = databaseName(options);
  const connection = connect(name, 'relaxed', options);
  const turnOf = createLoadLocks(locks, waitingTime('waitDeadline', waitDeadline));

  /** One readwrite transaction around the totals; resolves when the browser has completed it. */
  const write = <T>(step: (store: IDBObjectStore, totals: Totals) => Promise<T>): Promise<T> =>
    connection.use('readwrite', async (store) => {
      const totals = (await getTotals(store)) ?? reset(store, clock.now());
      const answer = await step(store, totals);
      // Noted in this very transaction, so that one tab sweeps and the others don't.
      const isSweepDue = Math.abs(clock.now() - totals.sweptAt) > SWEEP_PAUSE;
      if (isSweepDue) totals.sweptAt = clock.now();
      putTotals(store, totals);
      await complete(store.transaction);
      if (isSweepDue) whenIdle(sweep);
      return answer;
    });

  const sweep = (): void => {
    let left = BATCH;
    write((store, totals) =>
      deleteByExpiry(store, totals, clock.now(), (expiresAt) => expiresAt < clock.now() && left-- > 0),
    ).then(
      () => {
        if (left < 0) whenIdle(sweep);
      },
      () => {}, // the next one finds what this one has left
    );
  };

  const shrink = (store: IDBObjectStore, totals: Totals, entries: number, bytes: number): Promise<void> =>
    deleteByExpiry(store, totals, clock.now(), () => totals.entries > entries || totals.bytes > bytes);

  const offer = (offers: Offer[]): Promise<Commit[]> =>
    write(async (store, totals) => {
      const marks = marksOf(store);
      const answers: Commit[] = [];
      for (const one of offers) answers.push(await commit(store, totals, marks, one, clock.now()));
      // A little at a time, because reads wait for it.
      const isFull = totals.entries > maxEntries || totals.bytes > maxBytes;
      if (isFull) await shrink(store, totals, Math.ceil(maxEntries * 0.98), maxBytes * 0.98);
      return answers;
    });

  const look = batched((questions: Question[]) =>
    connection.use('readonly', (store) => lookUp(store, questions, clock.now(), discard)),
  );

  let evictedAt = 0;
  const put = batched(async (offers: Offer[]) => {
    try {
      return await offer(offers);
    } catch (error) {
      // The disk is full, or this origin's part of it. The browser's estimate can't be trusted beforehand.
      // If it is others who fill it, evicting again and again would only empty the cache.
      if (!isFull(error) || Math.abs(clock.now() - evictedAt) < EVICTION_PAUSE) throw error;
      evictedAt = clock.now();
      await write((store, totals) => shrink(store, totals, totals.entries * 0.8, totals.bytes * 0.8));
      return offer(offers);
    }
  }, BATCH);

  const takeIn = batched((arrivals: Arrival[]) =>
    write(async (store, totals) => {
      const marks = marksOf(store);
      const answers: Adopted[] = [];
      for (const one of arrivals) answers.push(await adopt(store, totals, marks, one, clock.now()));
      return answers;
    }),
  );

  const obey = (orders: Order[]): Promise<never[]> =>
    write(async (store, totals) => {
      for (const one of orders) await invalidate(store, totals, one, clock.now());
      return []; // nothing to answer
    });

  const order = batched((orders: Order[]) =>
    obey(orders).catch(async (error) => {
      if (!isFull(error)) throw error;
      // Without room for marks, other tabs would go on reading what is untrue. To delete everything takes none.
      await connection.use('readwrite', empty);
      return obey(orders).catch(() => []); // there may be room now to hold what is to be held
    }),
  );

  /** Deletes an entry that could not be read. If a good one has taken its place meanwhile, it is only loaded again. */
  const discard = (hash: string): void => {
    write((store, totals) => deleteEntry(store, totals, hash)).catch(() => {});
  };

  /** Gives a ticket to one tab at a time, if it can. */
  const lookup = async (question: Question): Promise<Lookup> => {
    const found = await look(question);
    if (!('miss' in found)) return found;
    const { since }: Lease = found.miss;
    const turn = await turnOf(`${name}/${since}/${question.hash}`);
    if (turn === undefined) return found;
    if ('busy' in turn) return turn;
    let isOurs = false;
    try {
      const again = await look(question); // who had the turn before us may have committed
      if (!('miss' in again)) return again;
      isOurs = true;
      const lease: Lease = { ...again.miss, ...turn };
      return { miss: lease };
    } finally {
      if (!isOurs) turn.free();
    }
  };

  /** Of a record; NaN if the value can't be kept. */
  const bytesOf = (hash: string, { value }: EntryRecord): number => {
    const weight = weigh(value);
    return weight > maxBytes / 5 ? Number.NaN : weight + hash.length;
  };

  const free = (ticket: Lease): void => ticket.free?.();

  return {
    name: STORE_NAME,
    lookup: (hash, tags, besides) => lookup({ hash, tags, besides }),
    commit(hash, record, ticket) {
      return put({ hash, record, lease: ticket, bytes: bytesOf(hash, record) }).finally(() => free(ticket));
    },
    release: async (_, ticket) => free(ticket),
    adopt: (hash, record, since) => takeIn({ hash, record, since, bytes: bytesOf(hash, record) }),
    invalidate: (invalidation) => order({ invalidation, heldUntil: 0 }),
    hold: (invalidation, ms) => order({ invalidation, heldUntil: clock.now() + ms }),
    async explain(hash, tags) {
      const { explainEntry } = await import('./explain-entry.js');
      const explained = await connection.use('readonly', (store) => explainEntry(store, hash, tags, clock.now()));
      return { database: name, ...explained };
    },
    close: async () => connection.close(),
  };
}

function isFull(error: unknown): boolean {
  return /quota/i.test(String(error));
}

function whenIdle(task: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(task, { timeout: 10_000 });
  else setTimeout(task, 1_000); // Safari
}
