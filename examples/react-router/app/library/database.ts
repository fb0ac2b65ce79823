import type { Book, Note } from './books.js';

const BOOKS: Book[] = [
  { id: 1, title: 'The Left Hand of Darkness', author: 'Ursula K. Le Guin', shelf: 'A winter world', hue: 205 },
  { id: 2, title: 'Invisible Cities', author: 'Italo Calvino', shelf: 'Travellers’ tales', hue: 24 },
  { id: 3, title: 'Middlemarch', author: 'George Eliot', shelf: 'A study of provincial life', hue: 140 },
  { id: 4, title: 'The Periodic Table', author: 'Primo Levi', shelf: 'Twenty-one elements', hue: 48 },
  { id: 5, title: 'Beloved', author: 'Toni Morrison', shelf: 'What is remembered', hue: 350 },
  { id: 6, title: 'The Summer Book', author: 'Tove Jansson', shelf: 'An island', hue: 175 },
];

/** Stands for a real one: it lives in memory, takes its time, and counts how often it is asked. */
function openDatabase() {
  const shelf = new Map(BOOKS.map((book) => [book.id, book]));
  const notes = new Map<string, Note>();
  const reads = { books: 0, book: 0, note: 0 };
  const slowly = <V>(ms: number, value: V) => new Promise<V>((resolve) => setTimeout(resolve, ms, value));
  return {
    reads,
    books() {
      reads.books++;
      return slowly(30, [...shelf.values()]);
    },
    book(id: number) {
      reads.book++;
      return slowly(30, shelf.get(id) ?? null);
    },
    async rename(id: number, title: string) {
      const book = shelf.get(id);
      if (book !== undefined) shelf.set(id, { ...book, title });
    },
    note(user: string, id: number): Promise<Note> {
      reads.note++;
      return slowly(250, notes.get(`${user}/${id}`) ?? { text: '', changedAt: null });
    },
    async keepNote(user: string, id: number, text: string) {
      notes.set(`${user}/${id}`, { text, changedAt: new Date() });
    },
  };
}

export const database = openDatabase();
