import { database } from '../../../lib/database';

/** How often the database was asked: what the cache saves. */
export async function GET() {
  return Response.json(database.reads);
}
