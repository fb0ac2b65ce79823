import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** The cells of a page's table, without its head. */
function rowsOf(page: string): string[][] {
  const lines = read(page).split('\n');
  const rows = lines
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | ').map((cell) => cell.trim()));
  return rows.slice(2);
}

describe.each(['docs/coming-from-swr.md', 'docs/coming-from-tanstack-query.md'])('%s', (page) => {
  const rows = rowsOf(page);

  it('says of each row whether it is the same', () => {
    expect(rows.length).toBeGreaterThan(30);
    for (const [peer, , verdict] of rows)
      expect([peer, verdict]).toEqual([peer, expect.stringMatching(/^(same|different)$/)]);
  });

  it.each(rows.filter(([, , , how]) => /“/.test(how ?? '')))(
    '%s: a test holds it',
    (_peer, _ours, _verdict, how = '') => {
      let source = '';
      for (const [, file, title = ''] of how.matchAll(/`((?:dom|unit|browser)\/[^`]+)`|“([^”]+)”/g)) {
        if (file) source = read(`test/${file}`);
        // As the title of a test, or the part of one that its table gives; not anywhere else in the file.
        else expect(source.match(/[(,[]\s*'[^'\n]*'/g)?.some((text) => text.includes(title)) && title).toBe(title);
      }
    },
  );

  it.each(rows.filter(([, , verdict]) => verdict === 'same'))('%s: it names one', (_peer, _ours, _verdict, how) => {
    expect(how).toMatch(/`(dom|unit|browser)\/.*“/);
  });
});
