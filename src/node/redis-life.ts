interface Client {
  on(event: 'connect' | 'error' | 'reconnecting', listener: () => void): unknown;
  destroy(): void;
  readonly isOpen: boolean;
}

/**
 * What stops a client of node-redis, whether it is connected, connects or waits until it tries again. Destroyed while its
 * socket is being made it goes on with that (seen in 6.3), and from then on nothing would end the connection. To be
 * called before the client connects.
 */
export function stopOf(client: Client): () => void {
  let connecting = true;
  let stopped = false;
  const settled = () => {
    connecting = false;
    if (stopped && client.isOpen) client.destroy();
  };
  client.on('reconnecting', () => {
    connecting = true;
  });
  client.on('connect', settled);
  client.on('error', settled);
  return () => {
    stopped = true;
    if (!connecting) settled();
  };
}
