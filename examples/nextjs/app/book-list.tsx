'use client';

import Link from 'next/link';
import type { CSSProperties } from 'react';
import { books } from '../lib/books';
import { useResource } from '../lib/use-resource';

export function BookList() {
  const { data } = useResource(books);
  return (
    <ul className="shelf">
      {data?.map(({ id, title, author, hue }) => (
        <li key={id}>
          <Link href={`/books/${id}`} className="book" style={{ '--hue': hue } as CSSProperties} prefetch={false}>
            <strong>{title}</strong>
            <span>{author}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
