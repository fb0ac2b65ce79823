import { type ActionFunctionArgs, redirect } from 'react-router';
import { USERS } from '../library/user.js';

export async function action({ request }: ActionFunctionArgs) {
  const name = (await request.formData()).get('user');
  const user = USERS.find((known) => known === name) ?? USERS[0];
  return redirect('/', { headers: { 'set-cookie': `user=${user}; Path=/; HttpOnly; SameSite=Lax` } });
}
