import { digits, table } from '../harness/table.mjs';

/** @param {string} header @param {any[]} results @param {readonly string[]} measures */
export function render(header, results, measures) {
  const wanted = (/** @type {string[]} */ ...names) => names.some((name) => measures.includes(name));
  const has = (/** @type {string} */ name) => rows.filter((row) => row[name] !== undefined);
  const rows = results.toSorted((a, b) => (a.hit?.ratio ?? 0) - (b.hit?.ratio ?? 0));
  const parts = ['## A read of the memory tier', header];
  parts.push(
    '× and ÷ are taken against the control in the same process and the same moment, then the median of the rounds. Read these; ns are this machine’s.',
  );
  if (wanted('hit', 'peek', 'miss', 'stampede', 'arrayKey')) parts.push(reads(rows));
  if (wanted('growth')) parts.push('### 1,000 hot keys of N entries, × a Map of N entries', growth(has('growth')));
  if (wanted('heap')) parts.push('### Heap', heap(has('heap')));
  if (wanted('tags')) parts.push('### Invalidating a tag that 100 of N entries carry', tags(has('tags')));
  return parts.join('\n\n');
}

const reads = (rows) =>
  table(
    [
      '',
      'get, hit: ns',
      '× Map',
      'peek: ns',
      '× Map.get',
      'miss + load + store: ns',
      '× Map',
      '1,000 callers, cold: loads',
      'µs',
      '× Map',
      "hit of ['user', id]: ns",
      '× Map of strings',
    ],
    rows.map(({ name, hit, peek, miss, stampede, arrayKey }) => [
      name,
      ...[hit, peek, miss].flatMap((result) => [digits(result?.own), digits(result?.ratio)]),
      ...[stampede && String(stampede.loads), digits(stampede?.own), digits(stampede?.ratio)],
      ...[digits(arrayKey?.own), digits(arrayKey?.ratio)],
    ]),
  );

const growth = (rows) =>
  table(
    ['', 'get, N = 1 000', '100 000', '1 000 000', 'ns', 'peek, N = 1 000', '100 000', '1 000 000', 'ns'],
    rows.map(({ name, growth: g }) => [
      name,
      ...['get', 'peek'].flatMap((verb) => [
        ...[1_000, 100_000, 1_000_000].map((size) => digits(g?.[`${verb}${size}`])),
        digits(g?.[`${verb}1000000ns`]),
      ]),
    ]),
  );

const heap = (rows) =>
  table(
    ['', 'bytes per entry', '− Map', 'with a tag − Map'],
    rows.map(({ name, heap: h }) => [name, digits(h?.own), digits(h?.overMap), digits(h?.taggedOverMap)]),
  );

const tags = (rows) =>
  table(
    [
      '',
      'how',
      'of 1 000: µs',
      'of 100 000: µs',
      'reading the 100 again: µs',
      'tagged hit ÷ untagged',
      'with an invalidation per 1,000 reads',
      'correct',
    ],
    rows.map(({ name, tags: t }) => [
      name,
      t.how,
      ...[t.small, t.large, t.reread, t.taggedHit, t.disturbedHit].map(digits),
      t.correct,
    ]),
  );
