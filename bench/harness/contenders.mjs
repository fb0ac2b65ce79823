import { readdirSync, readFileSync } from 'node:fs';

/**
 * The contenders of a folder, in the order of their files. Nothing is registered: the folder is read.
 * @param {URL} folder @param {string | undefined} only part of a file's name
 */
export async function contendersIn(folder, only) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.mjs') && (!only || file.includes(only)));
  return Promise.all(
    files.sort().map(async (file) => ({ file, contender: (await import(new URL(file, folder).href)).default })),
  );
}

/**
 * What was measured on what: `, lru-cache 11.5.3, …`, as the lockfile beside the benchmark has it.
 * @param {URL} home @param {readonly { packages: readonly string[] }[]} contenders
 */
export function versionsOf(home, contenders) {
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', home), 'utf8'));
  const names = new Set(contenders.flatMap(({ packages }) => packages));
  return [...names].map((name) => `, ${name} ${lock.packages[`node_modules/${name}`]?.version ?? '?'}`).join('');
}
