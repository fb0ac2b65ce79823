import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A source of versions, slow at random, that also remembers which versions no read may be older than. */
export async function startSource() {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  const script = outputFiles[0]?.text ?? '';
  const versions = new Map<string, number>();
  const floors = new Map<string, number>();
  const answers: Record<string, (key: string, version: number) => number | Promise<number>> = {
    '/version': (key) => versions.get(key) ?? 0,
    '/floor': (key) => floors.get(key) ?? 0,
    // Read first, answered later: what a load brings may be old by then.
    '/read': (key) => {
      const version = versions.get(key) ?? 0;
      return new Promise((resolve) => setTimeout(resolve, Math.random() * 40, version));
    },
    '/write': (key) => {
      versions.set(key, (versions.get(key) ?? 0) + 1);
      return versions.get(key) ?? 0;
    },
    '/raise': (key, version) => {
      floors.set(key, Math.max(floors.get(key) ?? 0, version));
      return version;
    },
  };
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://source');
    if (pathname === '/tab.js') {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      return;
    }
    const answer = answers[pathname];
    if (answer === undefined) {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>tab</title><script type="module" src="/tab.js"></script>');
      return;
    }
    response.end(String(await answer(searchParams.get('key') ?? '', Number(searchParams.get('version')))));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
