import { readBooks } from '../../../lib/server-cache';

export async function GET() {
  return Response.json(await readBooks());
}
