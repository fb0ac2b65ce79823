interface Client {
  on(event: 'connect' | 'error' | 'reconnecting', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
  readonly isOpen: boolean;
}

/** A client of node-redis from its first connection to its end. */
export interface Life {
  /** Resolves when it is connected. */
  begin(): Promise<unknown>;
  /** Makes another connection, unless one is being made. */
  renew(): void;
  end(): void;
}

/**
 * Ends a client of node-redis, whether it is connected, connects or waits until it tries again. Destroyed while its
 * socket is being made it goes on with that (seen in 6.3), and from then on nothing would end the connection.
 */
export function lifeOf(client: Client): Life {
  let connecting = false;
  let ended = false;
  const settled = () => {
    connecting = false;
    if (ended && client.isOpen) client.destroy();
  };
  client.on('reconnecting', () => {
    connecting = true;
  });
  client.on('connect', settled);
  client.on('error', settled);
  const begin = () => {
    connecting = true;
    return client.connect();
  };
  return {
    begin,
    renew() {
      if (connecting || ended) return;
      if (client.isOpen) client.destroy();
      begin().catch(() => {}); // commands report it
    },
    end() {
      ended = true;
      if (!connecting) settled();
    },
  };
}
