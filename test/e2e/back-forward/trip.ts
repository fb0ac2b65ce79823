import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { WayName } from './page.js';

/** What came of a trip to another page and back, during which another tab invalidated what the page had read. */
export interface Trip {
  /** Whether the page was kept and shown again, rather than loaded anew. */
  readonly persisted: boolean;
  /** What it has read since; what is true is 1. */
  readonly values: readonly number[];
  /** Whether the tab that invalidated was told that every other has heard of it. */
  readonly confirmed: boolean;
}

const AWAY = `<!doctype html><title>away</title><script>
  addEventListener('load', async () => {
    await fetch('/arrived');
    await fetch('/wait-for-write');
    history.back();
  });
</script>`;
function gate<T>() {
  let open: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const PAGE = '<!doctype html><title>page</title><script type="module" src="/page.js"></script>';

/**
 * Serves two pages that make the trip by themselves, so that any browser can be sent on it: it need not be driven.
 *
 * @param open opens both addresses in one browser, in a tab each
 */
export async function makeTrip(way: WayName, open: (urls: string[]) => Promise<() => unknown>): Promise<Trip> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const script = outputFiles[0]?.text ?? '';
  let version = 0;
  let confirmed = false;
  const away = gate<void>();
  const written = gate<void>();
  const back = gate<Trip>();
  const answers: Record<string, (query: URLSearchParams) => unknown> = {
    '/version': () => version,
    '/write': () => ++version,
    '/arrived': () => away.open(),
    '/wait-for-away': () => away.promise,
    '/written'(query) {
      confirmed = query.get('confirmed') === 'true';
      written.open();
    },
    '/wait-for-write': () => written.promise,
    '/back'(query) {
      const values = (query.get('values') ?? '').split(',').map(Number);
      back.open({ persisted: query.get('persisted') === 'true', values, confirmed });
    },
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://source');
    if (pathname === '/page.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    const answer = answers[pathname];
    if (answer) return response.end(String((await answer(searchParams)) ?? 0));
    return response.writeHead(200, { 'content-type': 'text/html' }).end(pathname === '/away' ? AWAY : PAGE);
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = await open([`${origin}/?role=writer&way=${way}`, `${origin}/?role=traveller&way=${way}`]);
  try {
    return await back.promise;
  } finally {
    await close();
    server.closeAllConnections();
    server.close();
  }
}
