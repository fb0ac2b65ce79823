import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { afterAll, expect, it } from 'vitest';

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

afterAll(() => rm(dir, { recursive: true }));

it('has no type errors in its examples', async () => {
  expect(blocks.length).toBeGreaterThan(4);
  await mkdir(dir, { recursive: true });
  const write = async (name: string, code: string) => {
    await writeFile(join(dir, name), code);
    return join(dir, name);
  };
  // The last one shows that an error would be found.
  const codes = [
    ...blocks,
    { kind: 'ts', code: `import { createCache } from 'cache-aside'; createCache({ ttl: true });` },
  ];
  const files = await Promise.all(codes.map(({ kind, code }, i) => write(`example-${i}.${kind}`, code)));
  const program = ts.createProgram([...files, await write('frameworks.d.ts', FRAMEWORKS)], {
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
  const messages = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file && basename(file.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
  expect(messages).toEqual([expect.stringContaining(`example-${blocks.length}.ts: Type 'true'`)]);
});
