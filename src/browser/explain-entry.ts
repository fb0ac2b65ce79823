import type { EntryRow } from './entry-rows.js';
import { getEntry, isEntry } from './entry-rows.js';
import { getMark, getTotals, type Mark, markKeys, UNREADABLE } from './fence-rows.js';

export type EntryExplanation = Readonly<Record<string, unknown>>;

/** Looks at everything that decides about a key, and changes nothing. Instants are in ms of this machine's clock. */
export async function explainEntry(
  store: IDBObjectStore,
  hash: string,
  tags: readonly string[],
  now: number,
): Promise<EntryExplanation> {
  const [totals, row] = await Promise.all([getTotals(store), getEntry(store, hash)]);
  const entry = isEntry(row) ? row : undefined;
  const names = markKeys([hash], [...new Set([...tags, ...(entry?.record.tags ?? [])])]);
  const marks = await Promise.all(names.map(async (name) => ({ name, mark: await getMark(store, name) })));
  const said = marks.map(({ name, mark }) => ({ name, ...saysOf(mark, entry, now) }));
  return {
    totals: totals ?? 'unreadable',
    record: entry === undefined && row !== undefined ? 'unreadable' : entry && recordOf(entry),
    marks: said.filter(({ state }) => state !== 'none'),
    answers: answerOf(entry, said),
  };
}

function recordOf({ record, seq, expiresAt, bytes }: EntryRow) {
  const { version, revision, tags, loadedAt, windows } = record;
  return { version, revision, tags, loadedAt, windows, seq, expiresAt, bytes };
}

interface Said {
  readonly state: 'none' | 'invalidated' | 'held' | 'unreadable';
  readonly reaches: 'hard' | 'soft' | undefined;
}

/** What a mark says of an entry. */
function saysOf(mark: Mark, entry: EntryRow | undefined, now: number): Said & Partial<Mark> {
  const { hard, soft, heldUntil } = mark;
  if (mark === UNREADABLE) return { state: 'unreadable', reaches: entry && 'hard' };
  const reaches = entry && (hard > entry.seq ? 'hard' : soft > entry.seq ? 'soft' : undefined);
  return { state: now < heldUntil ? 'held' : soft > 0 ? 'invalidated' : 'none', hard, soft, heldUntil, reaches };
}

/** What a lookup would find, before it asks whether another tab is loading. */
function answerOf(entry: EntryRow | undefined, said: readonly (Said & { readonly name: string })[]) {
  const listed = (of: (one: Said) => boolean) =>
    said
      .filter(of)
      .map(({ name }) => name)
      .join(', ');
  const held = listed(({ state }) => state === 'held');
  if (held !== '') return `held: a mutation is under way that names ${held}`;
  if (entry === undefined) return 'miss: no record';
  const hard = listed(({ reaches }) => reaches === 'hard');
  if (hard !== '') return `miss: the record is from before an invalidation of ${hard}`;
  const soft = listed(({ reaches }) => reaches === 'soft');
  return soft === '' ? 'hit' : `stale hit: the record is from before an expiry of ${soft}`;
}
