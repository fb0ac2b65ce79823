import type { ActionFunctionArgs, LoaderFunctionArgs } from 'react-router';
import { database } from '../library/database.js';
import { readNote, session } from '../library/server-cache.js';

export async function loader({ params, context }: LoaderFunctionArgs) {
  return Response.json(await readNote(context.get(session), Number(params['id'])));
}

export async function action({ request, params, context }: ActionFunctionArgs) {
  const text = (await request.text()).slice(0, 500);
  await database.keepNote(context.get(session).user, Number(params['id']), text);
  return new Response(null, { status: 204 });
}
