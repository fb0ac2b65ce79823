import { HydrateCache } from 'cache-aside/react';
import { books } from '../lib/books';
import { readBooks, requestCache } from '../lib/server-cache';
import { BookList } from './book-list';

export default async function Page() {
  await readBooks();
  return (
    <HydrateCache state={requestCache().dehydrate({ keys: [books.key] })}>
      <h1>On the shelf</h1>
      <BookList />
    </HydrateCache>
  );
}
