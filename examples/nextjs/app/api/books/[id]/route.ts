import { database } from '../../../../lib/database';
import { readBook, serverCache } from '../../../../lib/server-cache';

interface Context {
  params: Promise<{ id: string }>;
}

export async function GET(_: Request, { params }: Context) {
  return Response.json(await readBook(Number((await params).id)));
}

export async function PATCH(request: Request, { params }: Context) {
  const { title } = (await request.json()) as { title?: unknown };
  if (typeof title !== 'string' || title.trim() === '') return new Response('A book has a title.', { status: 400 });
  const id = Number((await params).id);
  // For everybody: in this process, in Redis, and through it in the others.
  await serverCache.mutate(() => database.rename(id, title.trim()), { invalidates: { tags: ['books'] } });
  return new Response(null, { status: 204 });
}
