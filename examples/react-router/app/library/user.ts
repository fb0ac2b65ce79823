export const USERS = ['Ada', 'Grace'] as const;

/** Who is signed in. A real application would check a session here. */
export function userOf(request: Request): string {
  const name = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1];
  return USERS.find((user) => user === name) ?? USERS[0];
}
