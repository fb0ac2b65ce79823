import { index, type RouteConfig, route } from '@react-router/dev/routes';

export default [
  index('routes/shelf.tsx'),
  route('books/:id', 'routes/book.tsx'),
  route('sign-in', 'routes/sign-in.ts'),
  route('api/books', 'routes/api-books.ts'),
  route('api/books/:id', 'routes/api-book.ts'),
  route('api/notes/:id', 'routes/api-note.ts'),
  route('api/reads', 'routes/api-reads.ts'),
] satisfies RouteConfig;
