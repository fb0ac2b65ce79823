import { type ConnectionOptions, connect } from './connection.js';
import { databaseName, type Place } from './database-name.js';
import { empty } from './fence-rows.js';
import { within } from './within.js';

const DELETE_DEADLINE = 1_000;

/**
 * Deletes what {@link indexedDbStore} keeps for a name and scope, for example when a user logs out. When it has
 * resolved the entries are gone from the disk, and no load that began before, in any tab, can put one there.
 *
 * @throws {StoreError} if they could not be deleted
 */
export async function wipeIndexedDb(options: Place & ConnectionOptions): Promise<void> {
  const name = databaseName(options);
  const connection = connect(name, 'strict', options);
  let failure: unknown;
  try {
    // Emptied first: deleting waits for every tab that holds the database open, and one of them may be frozen.
    await connection.use('readwrite', empty);
  } catch (error) {
    failure = error;
  }
  connection.close();
  try {
    await within(DELETE_DEADLINE, deleted(options.indexedDB ?? globalThis.indexedDB, name), 'deleting');
  } catch {
    // An empty database that the browser deletes when the last tab has let go of it is as good as none.
    if (failure !== undefined) throw failure;
  }
}

function deleted(indexedDB: IDBFactory, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}
