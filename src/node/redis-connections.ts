interface Emitter {
  on(event: string, listener: () => void): unknown;
}

/** By client: one listener for all caches that share it, since clients warn of more than ten. */
const counters = new WeakMap<Emitter, () => number>();

/** Counts the connections that a client makes from now on. Each may lead to another server than the one before. */
export function countConnections(client: Emitter): () => number {
  const known = counters.get(client);
  if (known !== undefined) return known;
  let made = 0;
  client.on('ready', () => void made++);
  const counter = () => made;
  counters.set(client, counter);
  return counter;
}
