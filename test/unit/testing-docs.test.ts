import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const docs = join(root, 'docs');
const pages = readdirSync(docs).filter((name) => name.endsWith('.md'));

/** Examples that name a file are tests themselves: the suite runs and checks that very file. */
const named = pages.flatMap((page) => {
  const blocks = [...readFileSync(join(docs, page), 'utf8').matchAll(/```tsx?\n(\/\/ (test\/\S+)\n.*?)```/gs)];
  return blocks.map(([, block = '', path = '']) => [path, block] as const);
});

it.each(named)('%s is word for word what the page shows', (path, block) => {
  expect(existsSync(join(root, path))).toBe(true);
  expect(readFileSync(join(root, path), 'utf8')).toBe(block);
});

it('finds the examples', () => {
  expect(named.length).toBeGreaterThanOrEqual(2);
});
