import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServerCache, type RedisClient } from '../../src/node/index.js';
import { type RedisNode, startRedis } from '../support/redis.js';
import { until } from '../support/until.js';

const dir = mkdtempSync(join(tmpdir(), 'cache-aside-transports-'));
const file = (name: string) => join(dir, name);
const sockets = new Set<TLSSocket>();
let redis: RedisNode;
let tls: Server;
let port: number;
beforeAll(async () => {
  redis = await startRedis(['--unixsocket', file('redis.sock')]);
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', file('key.pem')];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...key, '-out', file('cert.pem'), ...subject], {
    stdio: 'ignore',
  });
  // Not every redis-server has been built with TLS.
  tls = createServer({ key: readFileSync(file('key.pem')), cert: readFileSync(file('cert.pem')) }, (client) => {
    sockets.add(client);
    const upstream = connect(redis.port, '127.0.0.1');
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  tls.on('tlsClientError', () => {}); // it does not trust us, or speaks no TLS
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
  const address = tls.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  tls.close();
  await redis.stop();
  rmSync(dir, { recursive: true, force: true });
});

const ca = () => readFileSync(file('cert.pem'));
const url = () => `rediss://127.0.0.1:${port}`;
const noise = <T extends { on(event: string, listener: () => void): unknown }>(client: T) => {
  client.on('error', () => {});
  return client;
};

describe.each<[string, () => RedisClient]>([
  ['TLS by ioredis', () => noise(new Redis(url(), { tls: { ca: ca() } }))],
  ['TLS by node-redis', () => noise(createClient({ url: url(), socket: { tls: true, ca: ca() } }))],
  ['a socket file by ioredis', () => noise(new Redis(file('redis.sock')))],
  ['a socket file by node-redis', () => noise(createClient({ socket: { path: file('redis.sock'), tls: false } }))],
])('over %s', (name, make) => {
  it('reads, stores, hears and confirms', async () => {
    const client = make();
    if ('isOpen' in client) await client.connect();
    const options = { namespace: name.replaceAll(' ', '-'), redisTimeout: '10s' } as const;
    const [here, there] = [
      createServerCache({ redis: client, ...options }),
      createServerCache({ redis: redis.url, ...options }),
    ];
    expect(await here.get('key', () => 'loaded once')).toBe('loaded once');
    expect(await there.get('key', () => 'loaded again')).toBe('loaded once');
    await until(async () => (await there.invalidate({ key: 'key' }, { confirm: true })).confirmed === true);
    expect(here.peek('key')).toBeUndefined();
    await Promise.all([here.close(), there.close()]);
    if ('isOpen' in client) client.destroy();
    else if ('disconnect' in client) client.disconnect();
  });
});

describe('a URL of TLS', () => {
  it('reads and stores, if the process trusts the certificate', async () => {
    const script = join(import.meta.dirname, '../support/cache-process.mjs');
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: file('cert.pem') };
    const child = fork(script, [url(), 'trusting'], { env });
    const read = new Promise((resolve) => {
      child.on('message', (message: { ready?: true; answer?: unknown }) => {
        if (message.ready) child.send({ id: 1, command: 'read', key: 'key', value: 'by TLS' });
        if (message.answer) resolve(message.answer);
      });
    });
    expect(await read).toEqual(['by TLS']);
    const plain = createServerCache({ redis: redis.url, namespace: 'trusting', redisTimeout: '10s' });
    expect(await plain.get('key', () => 'loaded again')).toBe('by TLS');
    await plain.close();
    child.kill();
  });

  it.each([
    ['with a certificate that nobody trusts', url, 'certificate'],
    ['of a server that speaks none', () => redis.url.replace('redis', 'rediss'), 'redis failed'],
    ['that should have been one of TLS', () => url().replace('rediss', 'redis'), 'redis failed'],
  ])('%s: readers are served, and it is said why', async (_, given, problem) => {
    const cache = createServerCache({ redis: given() });
    const said: string[] = [];
    cache.on('degraded', ({ error }) => said.push(error.message));
    expect(await cache.get('key', () => 'loaded')).toBe('loaded');
    await until(() => said.length > 0);
    expect(said.join()).toContain(problem);
    expect(await cache.invalidate({ key: 'key' })).toEqual({ durable: false });
    await cache.close();
  });
});
