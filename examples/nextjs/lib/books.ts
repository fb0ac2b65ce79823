import { type GetOptions, type Key, presets } from 'cache-aside';

export interface Book {
  readonly id: number;
  readonly title: string;
  readonly author: string;
  readonly shelf: string;
  readonly hue: number;
}

/** What one reader has noted about one book. Nobody else's business. */
export interface Note {
  readonly text: string;
  readonly changedAt: Date | null;
}

/** One kind of data, as server and browser name it. */
export interface Resource<V> {
  readonly key: Key;
  /** Where the browser asks for it. */
  readonly path: string;
  readonly options: GetOptions;
  /** What JSON has made of it, made whole again. */
  readonly revive?: (value: V) => V;
}

export const books: Resource<Book[]> = {
  key: ['books'],
  path: '/api/books',
  options: { ...presets.catalogue, tags: ['books'], scope: 'public' },
};

export const book = (id: number): Resource<Book | null> => ({
  key: ['book', id],
  path: `/api/books/${id}`,
  options: { ...presets.catalogue, tags: ['books'], scope: 'public' },
});

/** Without a scope: it stays in the request of the reader whose note it is. */
export const note = (id: number): Resource<Note> => ({
  key: ['note', id],
  path: `/api/notes/${id}`,
  options: presets.profile,
  revive: ({ text, changedAt }) => ({ text, changedAt: changedAt && new Date(changedAt) }),
});
