import { HydrateCache } from 'cache-aside/react';
import Link from 'next/link';
import { Suspense } from 'react';
import { book, note } from '../../../lib/books';
import { readBook, readNote, requestCache } from '../../../lib/server-cache';
import { currentUser } from '../../../lib/user';
import { BookPanel } from './book-panel';
import { NotePanel } from './note-panel';

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const id = Number((await params).id);
  await readBook(id);
  return (
    <HydrateCache state={requestCache().dehydrate({ keys: [book(id).key] })}>
      <Link href="/">← The shelf</Link>
      <BookPanel id={id} />
      <Suspense fallback={<section className="card">Looking for your note …</section>}>
        <OwnNote id={id} />
      </Suspense>
    </HydrateCache>
  );
}

/** Slow, and the reader's own: it is streamed behind the rest, with its entry in front of it. */
async function OwnNote({ id }: { id: number }) {
  await readNote(await currentUser(), id);
  return (
    <HydrateCache state={requestCache().dehydrate({ keys: [note(id).key] })}>
      <NotePanel id={id} />
    </HydrateCache>
  );
}
