import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/ssr-examples');
const text = readFileSync(join(root, 'docs/ssr.md'), 'utf8');
const blocks = [...text.matchAll(/```(tsx?)\n(.*?)```/gs)].map(([, kind, code]) => ({ kind, code: code ?? '' }));

/** What the blocks use of frameworks that are installed in the examples alone. */
const FRAMEWORKS = `
declare module 'next/server' {
  export function after(task: () => unknown): void;
}
declare module 'react-router' {
  interface Context<T> { readonly of?: T }
  interface Provider { get<T>(context: Context<T>): T; set<T>(context: Context<T>, value: T): void }
  export interface LoaderFunctionArgs { request: Request; context: Provider; params: Record<string, string | undefined> }
  export type MiddlewareFunction<T> = (args: LoaderFunctionArgs) => T | void | Promise<T | void>;
  export function createContext<T>(): Context<T>;
  export function useLoaderData<T extends (args: never) => unknown>(): Awaited<ReturnType<T>>;
}
`;

beforeAll(async () => {
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'frameworks.d.ts'), FRAMEWORKS);
});
afterAll(() => rm(dir, { recursive: true }));

it('has examples', () => {
  expect(blocks.length).toBeGreaterThan(4);
});

it.each(blocks.map(({ kind, code }, i) => [i, kind, code] as const))(
  'example %i has no type errors',
  async (i, kind, code) => {
    const file = join(dir, `example-${i}.${kind}`);
    await writeFile(file, code);
    const program = ts.createProgram([file, join(dir, 'frameworks.d.ts')], {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      jsx: ts.JsxEmit.ReactJSX,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    });
    const messages = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(messages).toEqual([]);
  },
);
