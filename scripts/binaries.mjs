// Finds, or unpacks inside this checkout, the two programs the tests drive: Chromium and redis-server.
// Nothing here needs root and nothing is written outside node_modules/.cache.
import { execFileSync } from 'node:child_process';
import {
  accessSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createBrotliDecompress } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cacheDir = join(root, 'node_modules', '.cache', 'test-binaries');

/** Flags that let Chromium start as root and keep it from looking for hosts outside the machine. */
const chromiumArgs = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {...string} names @returns {string | undefined} */
function onPath(...names) {
  for (const name of names) {
    for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
      const file = join(dir, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {}
    }
  }
  return undefined;
}

/**
 * Decompress a brotli file to `out`, atomically: two runs at once never see half a file.
 * @param {string} from @param {string} out
 */
async function unbrotli(from, out) {
  if (existsSync(out)) return;
  mkdirSync(dirname(out), { recursive: true });
  const partial = `${out}.${process.pid}`;
  await pipeline(
    createReadStream(from),
    createBrotliDecompress({ chunkSize: 2 ** 21 }),
    createWriteStream(partial, { mode: 0o755 }),
  );
  renameSync(partial, out);
}

/** @param {string} from @param {string} dir */
async function untar(from, dir) {
  if (existsSync(dir)) return;
  const partial = `${dir}.${process.pid}`;
  await unbrotli(from, join(partial, 'all.tar'));
  execFileSync('tar', ['-xf', 'all.tar'], { cwd: partial });
  rmSync(join(partial, 'all.tar'));
  renameSync(partial, dir);
}

/** @param {string} program @returns {boolean} */
function missesLibraries(program) {
  try {
    return execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes(
      'not found',
    );
  } catch {
    return true;
  }
}

/** Chromium headless shell, as packed (brotli) inside the npm package @sparticuz/chromium: Linux x64 only. */
async function unpackChromium() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  let home;
  try {
    home = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', '..');
  } catch {
    return undefined;
  }
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const dir = join(cacheDir, `chromium-${version}`);
  const program = join(dir, 'chromium');
  await unbrotli(join(home, 'bin', 'chromium.br'), program);
  /** @type {Record<string, string>} */
  const env = {};
  // A bare machine lacks the NSS libraries and every font; the package brings both along.
  if (missesLibraries(program)) {
    await untar(join(home, 'bin', 'al2023.tar.br'), join(dir, 'nss'));
    env['LD_LIBRARY_PATH'] = join(dir, 'nss', 'lib');
  }
  if (!existsSync('/etc/fonts/fonts.conf')) {
    const fonts = join(dir, 'fonts');
    await untar(join(home, 'bin', 'fonts.tar.br'), fonts);
    env['FONTCONFIG_FILE'] = join(fonts, 'here.conf');
    writeFileSync(
      env['FONTCONFIG_FILE'],
      `<fontconfig><dir>${fonts}</dir><cachedir>${join(fonts, 'cache')}</cachedir></fontconfig>\n`,
    );
  }
  return { executablePath: program, env };
}

/**
 * Launch options for playwright-core and for Vitest's browser mode: CHROMIUM_PATH, else the packed
 * Chromium, else a browser on PATH.
 * @returns {Promise<{ executablePath: string, args: string[], env: Record<string, string> } | undefined>}
 */
export async function chromiumLaunchOptions() {
  const given = process.env['CHROMIUM_PATH'];
  const packed = given ? undefined : await unpackChromium();
  const executablePath = given || packed?.executablePath || findBrowsers().chromium;
  if (!executablePath) return undefined;
  const env = /** @type {Record<string, string>} */ ({ ...process.env, ...packed?.env });
  return { executablePath, args: chromiumArgs, env };
}

/**
 * Browsers as users have them, which can do what the packed Chromium can't, such as keep pages in a back/forward cache.
 * @returns {{ chromium: string | undefined, firefox: string | undefined }}
 */
export function findBrowsers() {
  return {
    chromium: onPath('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'),
    firefox: onPath('firefox', 'firefox-esr'),
  };
}

/** @typedef {{ server: string, cli: string, env: Record<string, string> }} Redis */

/**
 * REDIS_SERVER, else redis-server or valkey-server on PATH, else what `npm run setup` unpacked.
 * @returns {Redis | undefined}
 */
export function findRedis() {
  const server =
    process.env['REDIS_SERVER'] ||
    (process.env['TEST_BINARIES'] === 'unpacked' ? undefined : onPath('redis-server', 'valkey-server'));
  if (server) return { server, cli: server.replace(/-server$/, '-cli'), env: {} };
  const bin = join(cacheDir, 'redis', 'usr', 'bin');
  if (!existsSync(join(bin, 'redis-server'))) return undefined;
  const libs = join(cacheDir, 'redis', 'usr', 'lib');
  const triplet = readdirSync(libs).find((name) => name.endsWith('-linux-gnu')) ?? '';
  return {
    server: join(bin, 'redis-server'),
    cli: join(bin, 'redis-cli'),
    env: { LD_LIBRARY_PATH: join(libs, triplet) },
  };
}

/**
 * Debian and Ubuntu, without root: fetch the packages with a private package list and unpack them here.
 * @returns {Redis | undefined}
 */
export function unpackRedis() {
  if (!onPath('apt-get') || !onPath('dpkg-deb')) return undefined;
  const apt = join(cacheDir, 'apt');
  const debs = join(apt, 'debs');
  for (const dir of [join(apt, 'lists', 'partial'), join(apt, 'cache', 'archives', 'partial'), debs]) {
    mkdirSync(dir, { recursive: true });
  }
  const options = ['-qq', '-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User='];
  options.push('-o', `Dir::State::Lists=${join(apt, 'lists')}`, '-o', `Dir::Cache=${join(apt, 'cache')}`);
  /** @type {import('node:child_process').ExecFileSyncOptions} */
  const quiet = { cwd: debs, stdio: ['ignore', 'inherit', 'inherit'] };
  execFileSync('apt-get', [...options, 'update'], quiet);
  execFileSync('apt-get', [...options, 'download', 'redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1'], quiet);
  for (const library of ['libatomic1', 'libssl3', 'libsystemd0']) {
    // Nearly always there already, and named otherwise on some releases.
    try {
      execFileSync('apt-get', [...options, 'download', library], { ...quiet, stdio: 'ignore' });
    } catch {}
  }
  for (const deb of readdirSync(debs))
    execFileSync('dpkg-deb', ['-x', join(debs, deb), join(cacheDir, 'redis')], quiet);
  rmSync(apt, { recursive: true, force: true });
  return findRedis();
}
