export interface Subscriber {
  message(text: string): void;
  /** The server has confirmed the subscription, for the first time or again: messages from before may be missing. */
  ready(): void;
  /** The connection broke: messages are missing from now on. */
  lost(): void;
}

export interface Subscription {
  /** Begins anew on another connection: this one has fallen silent. */
  renew(): void;
  end(): void;
}

/** The few verbs that everything here needs. No command of a client library is used, so its major versions don't matter. */
export interface RedisLink {
  readonly isCluster: boolean;
  /**
   * Sends one command to the server that has the slot of `routingKey`.
   * Rejects at once while the connection is known to be down, rather than wait in a client's queue.
   */
  command(routingKey: string, args: string[]): Promise<unknown>;
  /** How many connections for commands have been made: each may lead to another server. A cluster does not tell. */
  connections(): number;
  /** Sends one command to every server that has slots. */
  everywhere(args: string[]): Promise<unknown[]>;
  /** Listens on a connection of its own; on a cluster to one of its servers, which hears what the others publish. */
  subscribe(channel: string, subscriber: Subscriber): Subscription;
  /** Ends what this link has opened; a client that was given stays open. */
  close(): void;
}
