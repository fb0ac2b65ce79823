import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { type CacheOptions, createCache } from '../../src/index.js';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/options.md'), 'utf8');

const entries = ['src/index.ts', 'src/browser/index.ts', 'src/node/index.ts'].map((file) => join(root, file));
const program = ts.createProgram(entries, {
  strict: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  skipLibCheck: true,
  types: ['node'],
});
const checker = program.getTypeChecker();

/** The names of all options of an exported interface, inherited ones too. */
function optionsOf(type: string): string[] {
  for (const file of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile);
    const found = module && checker.getExportsOfModule(module).find(({ name }) => name === type);
    if (!found) continue;
    const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
    return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)).map(({ name }) => name);
  }
  throw new Error(`${type} is exported by no entry`);
}

it('createCache knows each of its options', { timeout: 60_000 }, () => {
  let told = '';
  try {
    createCache({ none: 1 } as CacheOptions);
  } catch (error) {
    told = String(error);
  }
  expect(
    told
      .split(/some of |, |\.$/)
      .slice(1, -1)
      .sort(),
  ).toEqual(optionsOf('CacheOptions').sort());
});

it.each([
  'CacheOptions',
  'GetOptions',
  'SetOptions',
  'InvalidateOptions',
  'MutateOptions',
  'WatchOptions',
  'RepositoryDefinition',
  'BrowserCacheOptions',
  'IndexedDbStoreOptions',
  'ServerCacheOptions',
])('the page of options names each one of %s', { timeout: 60_000 }, (type) => {
  const names = optionsOf(type);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

it('the page names each event', { timeout: 60_000 }, () => {
  const [file = ''] = entries;
  const module = checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
  const found = checker.getExportsOfModule(module).find(({ name }) => name === 'CacheEventType') as ts.Symbol;
  const types = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(found)) as ts.UnionType;
  const names = types.types.map((type) => (type as ts.StringLiteralType).value);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
