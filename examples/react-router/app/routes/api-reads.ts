import { database } from '../library/database.js';

/** How often the database was asked: what the cache saves. */
export function loader() {
  return Response.json(database.reads);
}
