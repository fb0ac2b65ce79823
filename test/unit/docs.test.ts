import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/readme-examples');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const examples = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(
    (match, i) => [`${page}, example ${i + 1}`, match[1] ?? ''] as const,
  );
});
const fileOf = (name: string) => join(dir, name.replaceAll(/\W+/g, '-'));

const typesOf = (name: string) => `${fileOf(name)}.mts`;
let program: ts.Program;

beforeAll(async () => {
  await mkdir(dir, { recursive: true });
  await Promise.all(examples.map(([name, example]) => writeFile(typesOf(name), example)));
  // One for all of them: most of the time goes into reading the libraries' types.
  program = ts.createProgram(
    examples.map(([name]) => typesOf(name)),
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
  expect(examples[0]?.[1]).toBe(readFileSync(join(root, 'examples/quickstart.ts'), 'utf8'));
});

describe.each(examples)('%s', { timeout: 60_000 }, (name, example) => {
  it('runs and says what its comments promise', async () => {
    const file = `${fileOf(name)}.mjs`;
    await writeFile(file, ts.transpile(example, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }));
    const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    const promised = [...example.matchAll(/console\.log.*?\/\/ (.*)$/gm)].map((match) => match[1]);
    expect(output.trim().split('\n').filter(Boolean)).toEqual(promised);
  });

  it('has no type errors', () => {
    const messages = ts
      .getPreEmitDiagnostics(program, program.getSourceFile(typesOf(name)))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    expect(messages).toEqual([]);
  });
});
