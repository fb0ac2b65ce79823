import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/react-examples');
const page = readFileSync(join(root, 'docs/react.md'), 'utf8');
const blocks = [...page.matchAll(/```tsx\n(.*?)```/gs)].map((match) => match[1] ?? '');

/** What the examples take for granted. */
const WORLD = `
import { useActionState, useOptimistic } from 'react';
import { createCache, type Cache, type Key, type Loader, type Repository, type View, type WatchOptions } from 'cache-aside';
import { createBrowserCache } from 'cache-aside/browser';
import { CacheProvider, useCacheAside, useCacheEvents, useCacheMutation, useCachedMany, useInfiniteCacheAside, useIsFetching, usePrefetch,
  useSuspenseCacheAside } from 'cache-aside/react';
interface User { id: string; name: string }
interface Todo { text: string; done: boolean }
declare class NotFound extends Error {}
declare const api: {
  user(id: string, signal?: AbortSignal): Promise<User>;
  orders(id: string): Promise<string[]>;
  search(term: string): Promise<string[]>;
  list(page: number): Promise<string[]>;
  page(cursor: string): Promise<{ items: string[]; next: string | null }>;
  job(id: string): Promise<{ done: boolean }>;
  big(): Promise<{ version: number }>;
  rates(): Promise<number[]>;
  todos(): Promise<Todo[]>;
  addTodo(text: string): Promise<Todo>;
  rename(id: string, name: string): Promise<User>;
};
declare const users: Repository<string, User>;
declare const props: { user: User; renderedAt: number };
declare const id: string, ids: string[], term: string, page: number;
declare function Profile(props: { id: string }): null;
declare function report(...args: unknown[]): void;
`;

beforeAll(() => mkdir(dir, { recursive: true }));
afterAll(() => rm(dir, { recursive: true }));

it('has examples without type errors', async () => {
  const files = blocks.map((block, n) => {
    const hasOwn = (name: string) => new RegExp(`(const|function) ${name}\\b`).test(block);
    // What an example declares itself is not taken for granted.
    const cache = hasOwn('cache') || block.includes('cache: Cache') ? '' : 'declare const cache: Cache;';
    const world = WORLD.replace(hasOwn('Profile') ? /declare function Profile.*/ : /$^/, '');
    const body = block.replace(/^import .*$/gm, '');
    return { file: join(dir, `example-${n}.tsx`), text: `${world}${cache}\n${body}\nexport {};` };
  });
  await Promise.all(files.map(({ file, text }) => writeFile(file, text)));
  const program = ts.createProgram(
    files.map(({ file }) => file),
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      jsx: ts.JsxEmit.ReactJSX,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
  );
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName.split('/').at(-1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(files.length).toBeGreaterThan(15);
  expect(messages).toEqual([]);
}, 60_000);
