// `npm start`: builds what is missing and starts the storefront. PORT (0 takes a free one) and REDIS_URL are honoured.
import { buildStorefront, client, server } from './build-storefront.mjs';

process.env['NODE_ENV'] ??= 'production'; // before React is imported
await buildStorefront();

/** @type {typeof import('../examples/storefront/src/server/start-storefront.ts')} */
const { startStorefront } = await import(server);
const redis = process.env['REDIS_URL'] || undefined;
const port = Number(process.env['PORT'] || 3000);
const storefront = await startStorefront({ port, redis, client }).catch(
  (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    console.error(`Port ${port} is taken. Choose another one: PORT=3001 npm start, or PORT=0 for any free one.`);
    process.exit(1);
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
