/** The names of everything that a cache keeps in Redis. */
export interface RedisKeys {
  /** A record. */
  entry(hash: string): string;
  /** Its lease, in the same slot. */
  lease(hash: string): string;
  /** The stamp of a tag. */
  tag(tag: string): string;
  /** Which servers the namespace is served by, in the slot of the stamp of everything. */
  readonly servers: string;
  readonly channel: string;
}

/**
 * What stands in braces decides the slot of a cluster. The colon inside keeps it from being empty, which would spread
 * an entry and its lease over two slots; the ends keep entries, leases and tags apart, whatever their names.
 */
export function createRedisKeys(namespace: string): RedisKeys {
  const entry = (hash: string) => `${namespace}:{:${spelled(hash)}}`;
  return {
    entry,
    lease: (hash) => `${entry(hash)}:l`,
    tag: (tag) => `${namespace}:{:${spelled(tag)}}:t`,
    servers: `${entry('*')}:r`,
    channel: `${namespace}:bus`,
  };
}

/** Node 20 has it; the language level we compile for does not. */
type Checked = string & { isWellFormed(): boolean };

/**
 * UTF-8 has no lone surrogates: all would become one and the same character, and two keys one. What is spelled out
 * instead begins with a single quotation mark, as no hash and no tag does.
 */
function spelled(name: string): string {
  return (name as Checked).isWellFormed() ? name : JSON.stringify(name);
}
