import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

/** `--rounds 5 --only lru --out FILE --measures hit,peek` @param {{ rounds: number, measures: readonly string[] }} defaults */
export function commandLine({ rounds, measures }) {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(rounds) },
      only: { type: 'string' },
      out: { type: 'string' },
      measures: { type: 'string', default: measures.join(',') },
    },
  });
  const chosen = values.measures.split(',');
  const unknown = chosen.filter((measure) => !measures.includes(measure));
  if (unknown.length > 0) throw new Error(`No such measure: ${unknown}. There are ${measures.join(', ')}`);
  return { rounds: Number(values.rounds), only: values.only, out: values.out, measures: chosen };
}

export const machine = () => `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`;

/** Prints the report, and writes it to a file if one is wanted. @param {string} text @param {string | undefined} out */
export function publish(text, out) {
  console.log(text);
  if (out !== undefined) writeFileSync(out, `${text}\n`);
}
