// `npm run setup`: makes the two programs the tests need available, and says what it found.
import { execFileSync } from 'node:child_process';
import { chromiumLaunchOptions, findRedis, unpackRedis } from './binaries.mjs';

/** @param {string} program @param {Record<string, string>} env */
const version = (program, env) =>
  execFileSync(program, ['--version'], { encoding: 'utf8', env: { ...process.env, ...env } }).trim();

let ok = true;
/** Redis, fetched if need be; what keeps it from being fetched is one line, and then the advice below. */
const fetchRedis = () => {
  try {
    return unpackRedis();
  } catch (error) {
    console.error(`redis     could not be fetched: ${String(error).split('\n')[0]}`);
    return undefined;
  }
};

const redis = findRedis() ?? fetchRedis();
if (redis) console.log(`redis     ${redis.server}\n          ${version(redis.server, redis.env)}`);
else {
  ok = false;
  console.error(
    'redis     not found. Install Redis 6.2 or newer (macOS: `brew install redis`; Debian, Ubuntu: `sudo apt-get install redis-server`),\n' +
      '          or set REDIS_SERVER to the path of a redis-server. Only the `integration` tests need it.',
  );
}
const chromium = await chromiumLaunchOptions();
if (chromium)
  console.log(`chromium  ${chromium.executablePath}\n          ${version(chromium.executablePath, chromium.env)}`);
else {
  ok = false;
  console.error(
    'chromium  not found. Install Chrome or Chromium, or set CHROMIUM_PATH to its path. Only the `browser` and `e2e` tests need it.',
  );
}
process.exitCode = ok ? 0 : 1;
