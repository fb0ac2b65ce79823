import { cookies } from 'next/headers';

export const USERS = ['Ada', 'Grace'] as const;

/** Who is signed in. A real application would check a session here. */
export async function currentUser(): Promise<string> {
  const name = (await cookies()).get('user')?.value;
  return USERS.find((user) => user === name) ?? USERS[0];
}
