/** The stamp of a tag as a server keeps it: `hard.soft|setAt`, with a leading `!` while a mutation holds it. */
export interface Stamp {
  /** `hard.soft`: what records remember. */
  readonly text: string;
  readonly held: boolean;
}

/** What a record's stamp says, compared with the one of now. */
export type Comparison = 'same' | 'soft' | 'hard';

/** A tag that is not there says nothing, so whatever carries it is untrue: `undefined`. */
export function readStamp(value: unknown): Stamp | undefined {
  if (typeof value !== 'string') return undefined;
  const held = value.startsWith('!');
  return { text: value.slice(held ? 1 : 0, value.lastIndexOf('|')), held };
}

export function compareStamps(then: string, now: Stamp | undefined): Comparison {
  if (now === undefined || now.held) return 'hard';
  if (then === now.text) return 'same';
  return then.slice(0, then.indexOf('.')) === now.text.slice(0, now.text.indexOf('.')) ? 'soft' : 'hard';
}
