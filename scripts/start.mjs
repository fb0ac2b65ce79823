// `npm start`: builds what is missing and starts the storefront. PORT (0 takes a free one) and REDIS_URL are honoured.
import { buildStorefront, client, server } from './build-storefront.mjs';

/** @param {string} problem @returns {never} */
const giveUp = (problem) => {
  console.error(problem);
  process.exit(1);
};

const { PORT = '', REDIS_URL } = process.env;
const port = PORT === '' ? 3000 : Number(PORT);
if (!(Number.isInteger(port) && port >= 0 && port < 65_536)) {
  giveUp(`PORT=${PORT} is no port. Choose one from 1 to 65535, or 0 for any free one.`);
}
const redis = REDIS_URL || undefined;

process.env['NODE_ENV'] ??= 'production'; // before React is imported
await buildStorefront();

/** @type {typeof import('../examples/storefront/src/server/start-storefront.ts')} */
const { startStorefront } = await import(server);
const storefront = await startStorefront({ port, redis, client }).catch(
  (/** @type {NodeJS.ErrnoException & { option?: string }} */ error) => {
    if (error.code === 'EADDRINUSE') {
      giveUp(`Port ${port} is taken. Choose another one: PORT=3001 npm start, or PORT=0 for any free one.`);
    }
    if (error.code === 'EACCES') giveUp(`Port ${port} may not be used. Choose another one: PORT=3001 npm start.`);
    if (error.option === 'redis') giveUp(`REDIS_URL can't be used. ${error.message}`);
    throw error;
  },
);

console.log(`
  The storefront is open:  ${storefront.url}

  Reads go through memory${redis ? ' and Redis' : ''} to Postgres (embedded).${redis ? '' : ' With REDIS_URL set, Redis is in between.'}

  Try this
    1. Reload: the catalogue arrives rendered, the profile comes from disk.
    2. Open a second tab and edit a product in one: the other shows it.
    3. Stop this server and reload: the page shows what the browser has kept.

  Ctrl+C stops it.
`);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    storefront.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
