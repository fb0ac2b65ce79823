import { digits, table } from '../harness/table.mjs';

/** @param {string} header @param {any[]} results @param {readonly string[]} measures */
export function render(header, results, measures) {
  const has = (/** @type {string} */ measure) => results.filter((result) => result[measure] !== undefined);
  const parts = ['## The Redis tier', header];
  if (measures.includes('throughput')) {
    parts.push('### Hits in Redis, memory off, values of about 1 kB');
    parts.push(
      '÷ is taken against the seed in the same process and the same moment, then the median of the rounds. Read these; the rates are this machine’s.',
    );
    parts.push(throughput(has('throughput').toSorted((a, b) => b.throughput.ratio64 - a.throughput.ratio64)));
  }
  if (measures.includes('commands')) parts.push('### Sent to Redis per operation', commands(has('commands')));
  if (measures.includes('stampede') || measures.includes('race')) parts.push('### Stampede and truth', truth(results));
  return parts.join('\n\n');
}

const throughput = (rows) =>
  table(
    [
      '',
      '1 caller: hits/s',
      '÷ seed',
      '64 callers',
      '÷ seed',
      '512 callers',
      '÷ seed',
      'CPU µs per hit, 64 callers',
      '÷ seed',
    ],
    rows.map(({ name, throughput: t }) => [
      name,
      ...[1, 64, 512].flatMap((callers) => [digits(t[`ops${callers}`]), digits(t[`ratio${callers}`])]),
      digits(t.cpu64),
      digits(t.cpuRatio64),
    ]),
  );

const commands = (rows) => {
  const cell = ({ sent, called }) => (called === '' ? sent || '0' : `${sent} (scripts: ${called})`);
  return table(
    ['', 'miss', 'hit', 'invalidate'],
    rows.map(({ name, commands: c }) => [name, cell(c.miss), cell(c.hit), cell(c.invalidate)]),
  );
};

const truth = (rows) =>
  table(
    [
      '',
      '4 processes × 250 callers, load of 200 ms: loads',
      'slowest ms',
      'one process: read during the old load',
      'after it',
      'after it, nobody read between',
      'two processes: the one that loaded',
      'the one that invalidated',
    ],
    rows
      .filter(({ stampede, race }) => stampede ?? race)
      .map(({ name, stampede: s, race: r }) => [
        name,
        ...[s && String(s.loads), digits(s?.slowest)],
        ...['during', 'after', 'quiet', 'loader', 'invalidator'].map((when) => r && verdict(r[when])),
      ]),
  );

const verdict = (/** @type {string} */ answer) => (answer === 'NEW' ? 'NEW' : `**${answer}**`);
