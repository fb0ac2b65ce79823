import type { LoaderFunctionArgs } from 'react-router';
import { readBooks, session } from '../library/server-cache.js';

export async function loader({ context }: LoaderFunctionArgs) {
  return Response.json(await readBooks(context.get(session)));
}
