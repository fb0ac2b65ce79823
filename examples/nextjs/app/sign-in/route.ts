import { USERS } from '../../lib/user';

export async function POST(request: Request) {
  const name = (await request.formData()).get('user');
  const user = USERS.find((known) => known === name) ?? USERS[0];
  const headers = { location: '/', 'set-cookie': `user=${user}; Path=/; HttpOnly; SameSite=Lax` };
  return new Response(null, { status: 303, headers });
}
