'use client';

import { useCacheMutation } from 'cache-aside/react';
import { note } from '../../../lib/books';
import { useResource } from '../../../lib/use-resource';

export function NotePanel({ id }: { id: number }) {
  const { data } = useResource(note(id));
  const saving = useCacheMutation(
    async (text: string) => {
      const response = await fetch(note(id).path, { method: 'PUT', body: text });
      if (!response.ok) throw new Error(await response.text());
    },
    { invalidates: { key: note(id).key } },
  );
  return (
    <section className="card">
      <h2>Your note</h2>
      <p className="note">{data?.text || 'None yet. Only you will see it.'}</p>
      {data?.changedAt && (
        <time dateTime={data.changedAt.toISOString()}>{data.changedAt.toISOString().slice(0, 10)}</time>
      )}
      <form action={(form) => saving.mutate(String(form.get('text'))).catch(() => {})}>
        <input name="text" aria-label="Your note" defaultValue={data?.text} key={data?.text} />
        <button type="submit" disabled={saving.status === 'saving'}>
          Keep
        </button>
      </form>
    </section>
  );
}
