import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { currentUser, USERS } from '../lib/user';
import './library.css';
import { Providers } from './providers';

export const metadata: Metadata = {
  title: 'The reading room',
  description: 'cache-aside with the App Router of Next.js',
};

export default async function Layout({ children }: { children: ReactNode }) {
  const user = await currentUser();
  return (
    <html lang="en">
      <body>
        <header>
          <p className="name">The reading room</p>
          <form action="/sign-in" method="post" aria-label="Reader">
            {USERS.map((name) => (
              <button key={name} type="submit" name="user" value={name} aria-pressed={name === user}>
                {name}
              </button>
            ))}
          </form>
        </header>
        <Providers key={user} user={user}>
          <main>{children}</main>
        </Providers>
      </body>
    </html>
  );
}
