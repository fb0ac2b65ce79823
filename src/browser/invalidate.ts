import type { Invalidation } from '../contracts/invalidation.js';
import { deleteEntry } from './entry-rows.js';
import { forget, getMark, MARK_BYTES, type Mark, markKeys, NO_MARK, type Totals, UNREADABLE } from './fence-rows.js';

/** An invalidation and, for a mutation that begins with it, until when loads are kept from committing. */
export interface Order {
  readonly invalidation: Invalidation;
  readonly heldUntil: number;
}

/** Many more than the entries they could be about: rather than keep them all, all but what is held is deleted. */
const MOST_MARKS = 10_000;

/** Ms that a mark stays at least: the loads that are under way when it goes may be dropped without need. */
const LONGEST_LOAD = 600_000;

/** Marks what became untrue. Entries stay where they are, but for those of invalidated keys and of everything. */
export async function invalidate(
  store: IDBObjectStore,
  totals: Totals,
  { invalidation, heldUntil }: Order,
  now: number,
): Promise<void> {
  const { hashes, tags, soft } = invalidation;
  const seq = ++totals.seq;
  if (!soft) {
    if (tags.includes('*')) await forget(store, now, totals);
    await Promise.all([...new Set(hashes)].map((hash) => deleteEntry(store, totals, hash)));
  }
  const expiresAt = Math.max(totals.lastExpiry, now + LONGEST_LOAD);
  const mark = async (key: string): Promise<void> => {
    const old = await getMark(store, key);
    if (old === NO_MARK) totals.marks++;
    const row: Mark = { hard: soft && old !== UNREADABLE ? old.hard : seq, soft: seq, at: now, heldUntil, expiresAt };
    store.put({ ...row, bytes: MARK_BYTES }, key);
  };
  await Promise.all([...new Set(markKeys(hashes, tags))].map(mark));
  if (totals.marks > MOST_MARKS) await forget(store, now, totals);
}
