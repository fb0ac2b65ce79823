const ITEM = 'database';

/** Whether the database has begun a new life since this browser was here: then all that it has kept is untrue. */
export function isNewDatabase(database: string): boolean {
  try {
    const known = localStorage.getItem(ITEM);
    localStorage.setItem(ITEM, database);
    return known !== null && known !== database;
  } catch {
    return false; // where there is no localStorage there is no IndexedDB either
  }
}
