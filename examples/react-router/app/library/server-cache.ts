import { createRequestCache, createServerCache, type RequestCache } from 'cache-aside/node';
import { createContext, type RouterContextProvider } from 'react-router';
import { book, books, note } from './books.js';
import { database } from './database.js';
import { userOf } from './user.js';

/** For all requests: memory, and Redis below it if there is a REDIS_URL. Holds nothing but what is public. */
export const serverCache = createServerCache({
  redis: process.env['REDIS_URL'],
  namespace: 'example-react-router',
});

export interface Session {
  readonly cache: RequestCache;
  readonly user: string;
}

/** Where a request keeps its reader and its cache. */
export const session = createContext<Session>();

/** For the middleware of the root: whoever serves the request reads through a cache of its own. */
export function beginSession(request: Request, context: Readonly<RouterContextProvider>): void {
  const cache = createRequestCache(serverCache);
  // If the reader goes away, nobody waits for what is still loading.
  request.signal.addEventListener('abort', () => void cache.close(), { once: true });
  context.set(session, { cache, user: userOf(request) });
}

export const readBooks = ({ cache }: Session) => cache.get(books.key, () => database.books(), books.options);
export const readBook = ({ cache }: Session, id: number) =>
  cache.get(book(id).key, () => database.book(id), book(id).options);
export const readNote = ({ cache, user }: Session, id: number) =>
  cache.get(note(id).key, () => database.note(user, id), note(id).options);
