import type { Invalidation } from '../contracts/invalidation.js';
import { StoreError } from '../errors.js';
import type { RedisKeys } from './redis-keys.js';
import type { RedisLink } from './redis-link.js';
import type { RedisChannel } from './redis-messages.js';
import { evaluate, INVALIDATE, STAMP } from './redis-scripts.js';
import { lifetimeOf, randomName } from './redis-snapshots.js';

/** @param holdMs how long a mutation is under way; 0 for none */
export type Change = (invalidation: Invalidation, holdMs: number) => Promise<void>;

export interface ChangeParts {
  readonly link: RedisLink;
  readonly keys: RedisKeys;
  readonly channel: RedisChannel;
}

/** Each part is changed and told in one step, so that no two can be told in another order than they happened. */
export function createChange({ link, keys, channel }: ChangeParts): Change {
  return async ({ hashes, tags, soft }, holdMs) => {
    const isSoft = soft ? '1' : '0';
    const hold = String(holdMs);
    const message = (n: number, part: { hashes?: string[]; tags?: string[] }) => {
      const invalidation = { hashes: [], tags: [], soft, ...part };
      return JSON.stringify({ v: 1, from: channel.sender, n, invalidation, hold: holdMs });
    };
    const ofKey = (hash: string) =>
      channel.numbered((n) => {
        const name = randomName();
        const args = [isSoft, hold, name, channel.name, message(n, { hashes: [hash] })];
        return done('INVALIDATE', name, evaluate(link, INVALIDATE, [keys.entry(hash), keys.lease(hash)], args));
      });
    const ofTag = (tag: string) =>
      channel.numbered((n) => {
        const name = randomName();
        const args = [randomName(), name, lifetimeOf(tag), isSoft, hold, channel.name, message(n, { tags: [tag] })];
        return done('STAMP', name, evaluate(link, STAMP, [keys.tag(tag)], args));
      });
    await Promise.all([...hashes.map(ofKey), ...tags.map(ofTag)]);
  };
}

/** Between us and Redis there may be what answers in its place: done is what answers with the name that only it was told. */
async function done(script: string, name: string, answering: Promise<unknown>): Promise<void> {
  const answer = await answering;
  if (String(answer) !== name) throw new StoreError('redis', script, `it was answered ${JSON.stringify(answer)}`);
}
