import type { Cache } from 'cache-aside';
import { createRequestCache, createServerCache } from 'cache-aside/node';
import { after } from 'next/server';
import { cache } from 'react';
import { book, books, note } from './books';
import { database } from './database';

const shared = globalThis as { exampleCache?: Cache };
/** For all requests: memory, and Redis below it if there is a REDIS_URL. Holds nothing but what is public. */
export const serverCache =
  shared.exampleCache ?? createServerCache({ redis: process.env.REDIS_URL, namespace: 'example-nextjs' });
shared.exampleCache = serverCache;

/** The cache of this request: `cache` of React gives each render its own. */
export const requestCache = cache(() => {
  const request = createRequestCache(serverCache);
  after(() => request.close());
  return request;
});

export const readBooks = () => requestCache().get(books.key, () => database.books(), books.options);
export const readBook = (id: number) => requestCache().get(book(id).key, () => database.book(id), book(id).options);
export const readNote = (user: string, id: number) =>
  requestCache().get(note(id).key, () => database.note(user, id), note(id).options);
