import type { UseStore } from 'idb-keyval';
import { StoreError } from '../errors.js';
import { type Duration, waitingTime } from '../freshness/duration.js';
import { layOut, ROWS } from './fence-rows.js';
import { within } from './within.js';

/** The store's name in views, events and errors. */
export const STORE_NAME = 'indexeddb';

export interface ConnectionOptions {
  /** @default globalThis.indexedDB */
  readonly indexedDB?: IDBFactory | undefined;
  /** How long opening the database may take. @default '1s' */
  readonly openDeadline?: Duration;
  /** How long a read may take on an open database. @default '250ms' */
  readonly readDeadline?: Duration;
  /** How long a write may take on an open database. @default '2s' */
  readonly writeDeadline?: Duration;
}

/** The database's rows, through a connection that is opened again when the browser has closed it. */
export interface Connection {
  /** Runs one transaction. Rejects with a {@link StoreError}, at the latest when its deadlines have passed. */
  readonly use: UseStore;
  close(): void;
}

/** How often a database that the browser reports as damaged is opened again: it stays damaged. */
const DAMAGED_OPENS = 3;

/**
 * Opens the database at once, so that the first read of a reloaded page need not wait for it.
 *
 * Browsers close connections on their own (cleared data, Safari's lost server: https://bugs.webkit.org/show_bug.cgi?id=197050),
 * and an open request may never be answered (https://bugs.webkit.org/show_bug.cgi?id=226547).
 */
export function connect(name: string, durability: IDBTransactionDurability, options: ConnectionOptions): Connection {
  const { openDeadline = '1s', readDeadline = '250ms', writeDeadline = '2s' } = options;
  const openMs = waitingTime('openDeadline', openDeadline);
  const readMs = waitingTime('readDeadline', readDeadline);
  const writeMs = waitingTime('writeDeadline', writeDeadline);
  let opening: Promise<IDBDatabase> | undefined;
  let current: IDBDatabase | undefined;
  let damaged = 0;
  let closed = false;

  /** Transactions under way run to their end; whoever comes now needs a new connection. */
  const drop = (db = current): void => {
    db?.close();
    if (db === current && db !== undefined) opening = current = undefined;
  };

  const adopt = (db: IDBDatabase): void => {
    damaged = 0;
    current = db;
    opening = Promise.resolve(db); // a request that was answered after its deadline is as good as any
    // On a version change too, or a tab that wipes the database would wait for this one, and every later open behind it.
    db.onclose = db.onversionchange = () => drop(db);
    if (closed) drop();
  };

  const open = (): Promise<IDBDatabase> => {
    if (closed || damaged === DAMAGED_OPENS) throw new Error(closed ? 'closed' : 'damaged');
    const factory = options.indexedDB ?? globalThis.indexedDB;
    if (!factory) throw new Error('there is no indexedDB here');
    const request = factory.open(name, 1);
    const opened = new Promise<IDBDatabase>((resolve, reject) => {
      request.onupgradeneeded = () => layOut(request.result);
      request.onblocked = () => reject(new Error('blocked'));
      request.onsuccess = () => {
        adopt(request.result);
        resolve(request.result);
      };
      request.onerror = () => {
        if (/backing store/.test(String(request.error))) damaged++;
        opening = undefined;
        reject(request.error);
      };
    });
    // Kept also when the deadline has rejected it: until the browser answers, another request would hang behind it.
    opening = within(openMs, opened, 'opening');
    return opening;
  };

  const attempt: UseStore = async (mode, callback) => {
    const db = await (opening ?? open());
    const transaction = db.transaction(ROWS, mode, { durability });
    const run = async () => {
      try {
        return await callback(transaction.objectStore(ROWS));
      } catch (error) {
        try {
          transaction.abort(); // so that half a batch is never kept
        } catch {
          // It has aborted itself, and knows better why than the request that failed with it.
        }
        throw transaction.error ?? error;
      }
    };
    return within(mode === 'readonly' ? readMs : writeMs, run(), mode);
  };

  const use: UseStore = async (mode, callback) => {
    try {
      return await attempt(mode, callback).catch((error: unknown) => {
        if (!isLost(error)) throw error;
        drop();
        return attempt(mode, callback);
      });
    } catch (error) {
      throw new StoreError(STORE_NAME, mode, String(error), error);
    }
  };

  // A page with an open connection may be kept out of the back/forward cache, and a frozen one can't let go of it for
  // who deletes the database. It is opened again by the next use.
  // https://developer.chrome.com/docs/web-platform/page-lifecycle-api
  const leave = () => drop();
  const leavings = ['pagehide', 'freeze'];
  for (const type of leavings) globalThis.addEventListener?.(type, leave, true);
  void (async () => open())().catch(() => {});

  return {
    use,
    close() {
      closed = true;
      for (const type of leavings) globalThis.removeEventListener?.(type, leave, true);
      drop();
    },
  };
}

/** Whether it is the connection that failed rather than what was asked of it. */
function isLost(error: unknown): boolean {
  return /InvalidState|AbortError|onnection.*lost|backing store/.test(String(error));
}
