import { promisifyRequest } from 'idb-keyval';
import type { Commit, HoldingStore, Lookup } from '../contracts/store.js';
import { StoreError } from '../errors.js';
import { batched } from './batched.js';
import { commit, type Offer } from './commit.js';
import { type ConnectionOptions, connect, STORE_NAME } from './connection.js';
import { databaseName, type Place } from './database-name.js';
import { deleteEntry, headerKey, isNewer } from './entry-rows.js';
import { evict, mostOf } from './evict.js';
import { getTotals, putTotals, type Totals } from './fence-rows.js';
import { invalidate, type Order } from './invalidate.js';
import { type Lease, lookUp, type Question } from './look-up.js';
import { isSweepDue, sweep } from './sweep.js';
import { weigh } from './weigh.js';

export interface IndexedDbStoreOptions extends Place, ConnectionOptions {
  /** How many entries the disk keeps. @default 5_000 */
  readonly maxEntries?: number;
  /** How many bytes they may take, estimated; one entry may take a fifth of it. @default 50 MB */
  readonly maxBytes?: number;
  /** Tells the wall-clock time, by which entries expire. @default Date */
  readonly clock?: { now(): number };
}

/** Commits that travel together: a tab that is frozen in mid-transaction keeps the others waiting. */
const BATCH = 100;

/**
 * Keeps entries in IndexedDB, shared by the tabs of an origin. Every entry carries the sequence number at which its
 * load began, every invalidation raises the number and marks keys and tags with it; and what a transaction commits
 * or answers has been compared with the marks inside that same transaction.
 *
 * @throws {OptionError} for a deadline that is no duration
 */
export function indexedDbStore(options: IndexedDbStoreOptions): HoldingStore {
  const { maxEntries = 5_000, maxBytes = 50_000_000, clock = Date } = options;
  const room = { entries: maxEntries, bytes: maxBytes };
  const connection = connect(databaseName(options), 'relaxed', options);

  /** One readwrite transaction around the totals; resolves when the browser has completed it. */
  const write = <T>(step: (store: IDBObjectStore, totals: Totals) => T | PromiseLike<T>): Promise<T> =>
    connection.use('readwrite', async (store) => {
      const { transaction } = store;
      const completed = promisifyRequest(transaction);
      completed.catch(() => {}); // seen below, or too late: what failed before says more
      const totals = await getTotals(store);
      const answer = await step(store, totals);
      const isDue = isSweepDue(totals, clock.now());
      // Noted in this very transaction, so that one tab sweeps and the others don't.
      if (isDue) totals.sweptAt = clock.now();
      putTotals(store, totals);
      transaction.commit?.(); // else a tab that is frozen now would hold the transaction open
      await completed;
      if (isDue) whenIdle(sweepOn);
      return answer;
    });

  const sweepOn = (): void => {
    write((store, totals) => sweep(store, totals, clock.now())).then(
      (more) => {
        if (more) whenIdle(sweepOn);
      },
      () => {}, // the next hour's sweep finds what this one left
    );
  };

  const offer = async (offers: Offer[]): Promise<Commit[]> => {
    const once = () =>
      write(async (store, totals) => {
        const answers = await commit(store, totals, offers, clock.now());
        if (totals.entries > maxEntries || totals.bytes > maxBytes) await evict(store, totals, mostOf(room));
        return answers;
      });
    try {
      return await once();
    } catch (error) {
      // The disk is full, or this origin's part of it. Its estimate can't be trusted beforehand.
      if (!(error instanceof StoreError && /quota/i.test(error.message))) throw error;
      await write((store, totals) => evict(store, totals, mostOf(totals)));
      return once();
    }
  };

  const askFor = batched((questions: Question[]) =>
    connection.use('readonly', (store): Promise<Lookup[]> => lookUp(store, questions, clock.now(), discard)),
  );
  const put = batched(offer, BATCH);
  const order = batched(async (orders: Order[]) => {
    await write((store, totals) => invalidate(store, totals, orders, clock.now()));
    return orders.map(() => undefined);
  });

  /** Deletes an entry that could not be read. If a good one has taken its place meanwhile, it is only loaded again. */
  const discard = (hash: string): void => {
    write(async (store, totals) => {
      const header: unknown = await promisifyRequest(store.get(headerKey(hash)));
      if (header !== undefined && !isNewer(header)) deleteEntry(store, totals, hash, header);
    }).catch(() => {});
  };

  return {
    name: STORE_NAME,
    lookup: (hash, tags, besides) => askFor({ hash, tags, besides }),
    async commit(hash, record, ticket) {
      const weight = weigh(record.value);
      const bytes = weight > maxBytes / 5 ? Number.NaN : weight + 2 * hash.length;
      return put({ hash, record, lease: ticket as Lease, bytes });
    },
    release: async () => {}, // a lease that isn't used costs nothing
    invalidate: (invalidation) => order({ invalidation, holdMs: 0 }),
    hold: (invalidation, holdMs) => order({ invalidation, holdMs }),
    close: async () => connection.close(),
  };
}

function whenIdle(task: () => void): void {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(task, { timeout: 10_000 });
  else setTimeout(task, 1_000); // Safari
}
