import { connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** What the server says from now on comes so much later. */
  delay(ms: number): void;
  /** Whoever connects from now on reaches another server; of those who are connected, only subscribers stay. */
  moveCommands(port: number): void;
  /** Those who have subscribed until now hear nothing any more, though their connections don't break. */
  muteSubscribers(): void;
  stop(): Promise<void>;
}

/** A network between a process and Redis, for its slow and its silent days. */
export async function startProxy(port: number): Promise<Proxy> {
  let leadsTo = port;
  let late = 0;
  const subscribed = new Set<Socket>();
  const muted = new Set<Socket>();
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(leadsTo, '127.0.0.1');
    clients.add(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        clients.delete(client);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (/subscribe/i.test(String(chunk))) subscribed.add(client);
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (muted.has(client)) return;
      if (late === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), late);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    delay(ms) {
      late = ms;
    },
    moveCommands(other) {
      leadsTo = other;
      for (const client of clients) if (!subscribed.has(client)) client.destroy();
    },
    muteSubscribers() {
      for (const client of subscribed) muted.add(client);
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
