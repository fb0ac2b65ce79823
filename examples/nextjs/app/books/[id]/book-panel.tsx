'use client';

import { useCacheMutation } from 'cache-aside/react';
import type { CSSProperties } from 'react';
import { book } from '../../../lib/books';
import { useResource } from '../../../lib/use-resource';

export function BookPanel({ id }: { id: number }) {
  const { data } = useResource(book(id));
  const renaming = useCacheMutation(
    async (title: string) => {
      const response = await fetch(book(id).path, { method: 'PATCH', body: JSON.stringify({ title }) });
      if (!response.ok) throw new Error(await response.text());
    },
    { invalidates: { tags: ['books'] } },
  );
  if (data === null) return <h1>Not on the shelf</h1>;
  return (
    <section className="card book" style={{ '--hue': data?.hue ?? 0 } as CSSProperties}>
      <h1>{data?.title}</h1>
      <p>
        {data?.author} · {data?.shelf}
      </p>
      <form action={(form) => renaming.mutate(String(form.get('title'))).catch(() => {})}>
        <input name="title" aria-label="Title" defaultValue={data?.title} key={data?.title} />
        <button type="submit" disabled={renaming.status === 'saving'}>
          Rename for everybody
        </button>
      </form>
      {renaming.error instanceof Error && <p role="alert">{renaming.error.message}</p>}
    </section>
  );
}
