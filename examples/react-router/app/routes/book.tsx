import { HydrateCache } from 'cache-aside/react';
import { Suspense, use } from 'react';
import { Link, type LoaderFunctionArgs, useLoaderData } from 'react-router';
import { book, note } from '../library/books.js';
import { readBook, readNote, session } from '../library/server-cache.js';
import { BookPanel } from '../page/book-panel.js';
import { NotePanel } from '../page/note-panel.js';

export async function loader({ params, context }: LoaderFunctionArgs) {
  const id = Number(params['id']);
  const request = context.get(session);
  // Slow, and the reader's own: nobody waits for it, it is streamed behind the rest.
  const noteState = readNote(request, id).then(() => request.cache.dehydrate({ keys: [note(id).key] }));
  await readBook(request, id);
  return { id, state: request.cache.dehydrate({ keys: [book(id).key] }), noteState };
}

export default function BookPage() {
  const { id, state, noteState } = useLoaderData<typeof loader>();
  return (
    <HydrateCache state={state}>
      <Link to="/">← The shelf</Link>
      <BookPanel id={id} />
      <Suspense fallback={<section className="card">Looking for your note …</section>}>
        <OwnNote id={id} state={noteState} />
      </Suspense>
    </HydrateCache>
  );
}

function OwnNote({ id, state }: { id: number; state: ReturnType<typeof useLoaderData<typeof loader>>['noteState'] }) {
  return (
    <HydrateCache state={use(state)}>
      <NotePanel id={id} />
    </HydrateCache>
  );
}
