import { database } from '../../../../lib/database';
import { readNote } from '../../../../lib/server-cache';
import { currentUser } from '../../../../lib/user';

interface Context {
  params: Promise<{ id: string }>;
}

export async function GET(_: Request, { params }: Context) {
  return Response.json(await readNote(await currentUser(), Number((await params).id)));
}

export async function PUT(request: Request, { params }: Context) {
  const text = (await request.text()).slice(0, 500);
  await database.keepNote(await currentUser(), Number((await params).id), text);
  return new Response(null, { status: 204 });
}
