import { HydrateCache } from 'cache-aside/react';
import type { CSSProperties } from 'react';
import { Link, type LoaderFunctionArgs, useLoaderData } from 'react-router';
import { books } from '../library/books.js';
import { readBooks, session } from '../library/server-cache.js';
import { useResource } from '../page/use-resource.js';

export async function loader({ context }: LoaderFunctionArgs) {
  const request = context.get(session);
  await readBooks(request);
  return { state: request.cache.dehydrate({ keys: [books.key] }) };
}

export default function Shelf() {
  const { state } = useLoaderData<typeof loader>();
  return (
    <HydrateCache state={state}>
      <h1>On the shelf</h1>
      <BookList />
    </HydrateCache>
  );
}

function BookList() {
  const { data } = useResource(books);
  return (
    <ul className="shelf">
      {data?.map(({ id, title, author, hue }) => (
        <li key={id}>
          <Link to={`/books/${id}`} className="book" style={{ '--hue': hue } as CSSProperties}>
            <strong>{title}</strong>
            <span>{author}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
