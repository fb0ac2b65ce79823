/** The stamp of a tag as a server keeps it. */
export interface Stamp {
  /** `hard.soft`: what records remember. */
  readonly text: string;
  /** A mutation holds it, or held it and has not come back. */
  readonly held: boolean;
}

/** What a record's stamp says, compared with the one of now. */
export type Comparison = 'same' | 'soft' | 'hard';

/** A tag that is not there says nothing, so whatever carries it is untrue: `undefined`. */
export function readStamp(value: unknown): Stamp | undefined {
  if (typeof value !== 'string') return undefined;
  const held = value.startsWith('!');
  const text = value.slice(held ? 1 : 0, value.indexOf('|'));
  return text.includes('.') ? { text, held } : undefined;
}

export function compareStamps(then: string, now: Stamp | undefined): Comparison {
  if (now === undefined) return 'hard';
  if (then === now.text) return 'same';
  return hardPart(then) === hardPart(now.text) ? 'soft' : 'hard';
}

/** The part that a hard invalidation changes. */
export function hardPart(text: string): string {
  return text.slice(0, text.indexOf('.'));
}
