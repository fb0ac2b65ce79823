import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
// Within the package's own scope, so that 'cache-aside' is the package itself, as it was built.
const dir = join(root, 'dist/readme-examples');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? '');

beforeAll(() => mkdir(dir, { recursive: true }));
afterAll(() => rm(dir, { recursive: true }));

it('has the quickstart example, word for word', () => {
  expect(blocks[0]).toBe(readFileSync(join(root, 'examples/quickstart.ts'), 'utf8'));
});

it.each(blocks.map((block, i) => [i, block] as const))(
  'example %i runs and says what its comments promise',
  async (i, block) => {
    const file = join(dir, `example-${i}.mjs`);
    await writeFile(file, ts.transpile(block, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }));
    const output = execFileSync(process.execPath, [file], { encoding: 'utf8' });
    const promised = [...block.matchAll(/^console\.log.*?\/\/ (.*)$/gm)].map((match) => match[1]);
    expect(output.trim().split('\n').filter(Boolean)).toEqual(promised);
  },
);

it.each(blocks.map((block, i) => [i, block] as const))('example %i has no type errors', async (i, block) => {
  const file = join(dir, `types-${i}.mts`);
  await writeFile(file, block);
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
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
});
