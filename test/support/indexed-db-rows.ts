import { databaseName } from '../../src/browser/database-name.js';
import { ROWS } from '../../src/browser/fence-rows.js';
import type { EntryRecord } from '../../src/index.js';

/** Lets a test look at, and spoil, what a store has put, over a connection of its own. */
export async function withRows<T>(
  name: string,
  mode: IDBTransactionMode,
  run: (rows: IDBObjectStore) => T,
): Promise<T> {
  const db = await settled(indexedDB.open(databaseName({ name })));
  const transaction = db.transaction(ROWS, mode);
  const result = run(transaction.objectStore(ROWS));
  await new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  db.close();
  return result;
}

export async function keysOf(name: string): Promise<string[]> {
  const request = await withRows(name, 'readonly', (rows) => rows.getAllKeys());
  return request.result.map(String);
}

export function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

let versions = 0;

/** A record as the core makes it: with the tag of everything. */
export function recordOf(value: unknown, given: Partial<EntryRecord> & { ttl?: number } = {}): EntryRecord {
  const { tags = [], loadedAt = Date.now(), ttl = 60_000 } = given;
  const windows = { due: ttl, fresh: ttl, stale: ttl, expires: ttl };
  return { version: `v${++versions}`, value, tags: ['*', ...tags], loadedAt, windows };
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
