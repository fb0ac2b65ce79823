import type { Invalidation, Target } from '../../src/index.js';

export const KEYS = [0, 1, 2] as const;

export const keyOf = (key: number) => ['row', key % 2, key];
export const knownTags = (key: number) => [`known:${key % 2}`];
export const toldTags = (key: number) => [`told:${key}`];

/** Every kind of target that reaches a key. */
export const targetsOf = (key: number): Target[] => [
  { key: keyOf(key) },
  { keys: [keyOf(key), 'another'] },
  { tags: knownTags(key) },
  { tags: toldTags(key) },
  { prefix: ['row', key % 2] },
  { all: true },
];

export function reaches(target: Target, key: number): boolean {
  const keys = [...(target.key ? [target.key] : []), ...(target.keys ?? [])];
  return (
    target.all === true ||
    keys.some((one) => JSON.stringify(one) === JSON.stringify(keyOf(key))) ||
    [...knownTags(key), ...toldTags(key)].some((tag) => target.tags?.includes(tag)) ||
    target.prefix?.[1] === key % 2
  );
}

/** What of a target is known before a load. */
export function beforeLoad(target: Target): Target {
  return { ...target, tags: target.tags?.filter((tag) => !tag.startsWith('told')) ?? [] };
}

/** The same as `reaches`, in the words of stores and buses. */
export function isToldOf({ hashes, tags }: Invalidation, key: number): boolean {
  const names = [...knownTags(key), ...toldTags(key)].map((tag) => `t:${tag}`);
  return (
    hashes.includes(JSON.stringify(keyOf(key))) ||
    ['*', `p:["row",${key % 2}]`, ...names].some((tag) => tags.includes(tag))
  );
}
