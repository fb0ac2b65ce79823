// Before a benchmark: the package must be built. `node ../harness/built.mjs`
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const built = new URL('../../dist/index.js', import.meta.url);
const npm = (/** @type {string[]} */ ...args) => execFileSync('npm', args, { cwd: root, stdio: 'inherit' });

if (!existsSync(built)) {
  if (!existsSync(new URL('../../node_modules', import.meta.url))) npm('install');
  npm('run', 'build');
}
const sources = readdirSync(new URL('../../src', import.meta.url), { recursive: true, withFileTypes: true });
const newest = Math.max(...sources.map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs));
if (newest > statSync(built).mtimeMs)
  console.error('dist is older than src: `npm run build` in the root first, if you want to measure src.');
