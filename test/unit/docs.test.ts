import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/readme-examples');
/** Has a test of its own, which knows what its fragments leave out. */
const FRAGMENTS = 'react.md';
const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== FRAGMENTS);
interface Example {
  readonly code: string;
  /** `ts` runs by itself; `tsx` needs a page, or a framework. */
  readonly kind: string;
}
const examples = ['README.md', ...pages.map((name) => `docs/${name}`)].flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  // Those that name a file are tests of their own.
  return [...text.matchAll(/```(tsx?)\n(?!\/\/ test\/)(.*?)```/gs)].map(
    ([, kind = '', code = ''], i): [string, Example] => {
      return [`${page}, example ${i + 1}`, { kind, code }];
    },
  );
});
const runnable = examples.filter(([, { kind }]) => kind === 'ts');

/** What the examples use of frameworks that are installed in `examples/` alone. */
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
const fileOf = (name: string) => join(dir, name.replaceAll(/\W+/g, '-'));

const typesOf = (name: string, kind: string) => `${fileOf(name)}.${kind === 'ts' ? 'mts' : kind}`;
let program: ts.Program;

const errorsOf = (file: string) =>
  ts
    .getPreEmitDiagnostics(program, program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));

beforeAll(async () => {
  await mkdir(dir, { recursive: true });
  const files = examples.map(([name, { kind, code }]) => [typesOf(name, kind), code] as const);
  const wrong = [
    typesOf('wrong', 'ts'),
    `import { createCache } from 'cache-aside'; createCache({ ttl: true });`,
  ] as const;
  const all = [...files, wrong, [`${fileOf('frameworks')}.d.ts`, FRAMEWORKS] as const];
  await Promise.all(all.map(([file, code]) => writeFile(file, code)));
  // One for all of them: most of the time goes into reading the libraries' types.
  program = ts.createProgram(
    all.map(([file]) => file),
    {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      jsx: ts.JsxEmit.ReactJSX,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
  );
}, 60_000);
afterAll(() => rm(dir, { recursive: true }));

it('the README has the quickstart example, word for word', () => {
  expect(examples[0]?.[1].code).toBe(readFileSync(join(root, 'examples/quickstart.ts'), 'utf8'));
});

it.each(runnable)('%s runs and says what its comments promise', { timeout: 60_000 }, async (name, { code }) => {
  const file = `${fileOf(name)}.mjs`;
  await writeFile(file, ts.transpile(code, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }));
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  const promised = [...code.matchAll(/console\.log.*?\/\/ (.*)$/gm)].map((match) => match[1]);
  expect(output.trim().split('\n').filter(Boolean)).toEqual(promised);
});

it.each(examples)('%s has no type errors', { timeout: 60_000 }, (name, { kind }) => {
  expect(errorsOf(typesOf(name, kind))).toEqual([]);
});

it('a type error would be found', () => {
  expect(errorsOf(typesOf('wrong', 'ts'))).toEqual([expect.stringContaining(`Type 'true'`)]);
});
