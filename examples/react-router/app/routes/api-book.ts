import type { ActionFunctionArgs, LoaderFunctionArgs } from 'react-router';
import { database } from '../library/database.js';
import { readBook, serverCache, session } from '../library/server-cache.js';

export async function loader({ params, context }: LoaderFunctionArgs) {
  return Response.json(await readBook(context.get(session), Number(params['id'])));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { title } = (await request.json()) as { title?: unknown };
  if (typeof title !== 'string' || title.trim() === '') return new Response('A book has a title.', { status: 400 });
  const id = Number(params['id']);
  // For everybody: in this process, in Redis, and through it in the others.
  await serverCache.mutate(() => database.rename(id, title.trim()), { invalidates: { tags: ['books'] } });
  return new Response(null, { status: 204 });
}
