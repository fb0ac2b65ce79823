// Builds what the storefront needs, where it is missing or older than its sources.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const storefront = join(root, 'examples', 'storefront');

export const client = join(storefront, 'dist', 'client');
export const server = join(storefront, 'dist', 'server', 'start-storefront.js');

/** When the newest of these files, or of the files below these folders, was written. @param {string[]} paths @returns {number} */
function newest(...paths) {
  let latest = 0;
  for (const path of paths) {
    const found = statSync(path);
    const below = found.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
    latest = Math.max(latest, found.mtimeMs, newest(...below));
  }
  return latest;
}

/** @param {string} built @param {string[]} sources */
const isOlder = (built, ...sources) => !existsSync(built) || statSync(built).mtimeMs < newest(...sources);

/** Builds the package and the storefront, unless they are up to date. */
export async function buildStorefront() {
  const config = ['package.json', 'tsconfig.json', 'tsup.config.ts'].map((name) => join(root, name));
  const packed = join(root, 'dist', 'react.d.ts'); // written last
  if (isOlder(packed, join(root, 'src'), ...config)) {
    console.log('Building the package …');
    execFileSync(process.execPath, [join(root, 'node_modules', 'tsup', 'dist', 'cli-default.js'), '--silent'], {
      cwd: root,
      stdio: 'inherit',
    });
  }
  const sources = ['src', 'public', 'index.html', 'vite.config.ts'].map((name) => join(storefront, name));
  if (isOlder(server, packed, ...sources)) {
    console.log('Building the storefront …');
    const configFile = join(storefront, 'vite.config.ts');
    await build({ configFile, logLevel: 'warn' });
    const ssr = join(storefront, 'src', 'server', 'start-storefront.ts');
    await build({ configFile, logLevel: 'warn', publicDir: false, build: { ssr, outDir: 'dist/server' } });
  }
}
