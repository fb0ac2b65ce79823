import { type Cache, createCache } from 'cache-aside';
import { createBrowserCache } from 'cache-aside/browser';
import { CacheProvider } from 'cache-aside/react';
import { type ReactNode, useState } from 'react';
import {
  Links,
  type LoaderFunctionArgs,
  Meta,
  type MiddlewareFunction,
  Outlet,
  Scripts,
  useLoaderData,
} from 'react-router';
import { beginSession, session } from './library/server-cache.js';
import { USERS } from './library/user.js';
import stylesheet from './library.css?url';

export const middleware: MiddlewareFunction<Response>[] = [
  ({ request, context }) => {
    beginSession(request, context);
  },
];

export const loader = ({ context }: LoaderFunctionArgs) => ({ user: context.get(session).user, users: USERS });
export const links = () => [{ rel: 'stylesheet', href: stylesheet }];
export const meta = () => [{ title: 'The reading room' }];

/** The cache of this user in this browser; on the server, one for each render. */
function OwnCache({ user, children }: { user: string; children: ReactNode }) {
  const [cache] = useState<Cache>(() =>
    typeof window === 'undefined' ? createCache() : createBrowserCache({ name: 'example-react-router', scope: user }),
  );
  return <CacheProvider cache={cache}>{children}</CacheProvider>;
}

export default function Root() {
  const { user, users } = useLoaderData<typeof loader>();
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <Meta />
        <Links />
      </head>
      <body>
        <header>
          <p className="name">The reading room</p>
          <form action="/sign-in" method="post" aria-label="Reader">
            {users.map((name) => (
              <button key={name} type="submit" name="user" value={name} aria-pressed={name === user}>
                {name}
              </button>
            ))}
          </form>
        </header>
        <OwnCache key={user} user={user}>
          <main>
            <Outlet />
          </main>
        </OwnCache>
        <Scripts />
      </body>
    </html>
  );
}
