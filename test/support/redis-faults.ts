import { connect, createServer, type Socket } from 'node:net';

/** What a sick server, or something between it and us, does with what it is asked. */
export type Fault =
  /** Answers each command with an error, and does nothing. */
  | { readonly refuses: string }
  /** Says this in place of an answer. */
  | { readonly says: string }
  /** Breaks the connection in the middle of each answer; what was asked has been done. */
  | 'cuts'
  /** Takes what it is asked, and answers nothing, also later: whoever is connected must connect again. */
  | 'is silent';

export interface FaultyProxy {
  readonly url: string;
  /** From now on; without a fault it is well again. */
  suffer(fault?: Fault): void;
  /** What a system does at last with connections that have fallen silent. */
  reset(): void;
  stop(): Promise<void>;
}

/** Something between a process and Redis that has its bad moments. */
export async function startFaultyProxy(port: number): Promise<FaultyProxy> {
  let fault: Fault | undefined;
  const sockets = new Set<Socket>();
  const silent = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      if (fault === 'is silent') silent.add(client);
      if (silent.has(client)) return;
      if (fault === undefined || fault === 'cuts' || fault === 'is silent') upstream.write(chunk);
      else {
        const one = 'refuses' in fault ? `-${fault.refuses}\r\n` : fault.says;
        client.write(one.repeat(commandsIn(chunk)));
      }
    });
    upstream.on('data', (chunk) => {
      if (silent.has(client)) return;
      if (fault !== 'cuts') client.write(chunk);
      else client.end(chunk.subarray(0, chunk.length / 2));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    suffer(next) {
      fault = next;
    },
    reset() {
      for (const client of silent) client.destroy();
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** As clients write them: arrays of texts. A chunk of a test has no part of one. */
const commandsIn = (chunk: Buffer) => String(chunk).match(/^\*\d+\r$/gm)?.length ?? 0;
