import type { EntryRecord, Windows } from '../contracts/entry-record.js';
import { areNumbers, isObject, type Totals } from './fence-rows.js';

/** The format of the rows this code writes. */
export const FORMAT = 1;

/**
 * What the store keeps of an entry but its value. They are two rows, so that sweeping and evicting need not read
 * values; they are put and deleted together.
 */
export interface Header {
  readonly format: number;
  readonly hash: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly loadedAt: number;
  readonly windows: Windows;
  /** Of the database when the load began. */
  readonly epoch: number;
  readonly seq: number;
  /** Indexed. */
  readonly expiresAt: number;
  readonly bytes: number;
}

export interface Value {
  readonly version: string;
  readonly value: unknown;
}

export const headerKey = (hash: string): string => `h${hash}`;
export const valueKey = (hash: string): string => `v${hash}`;
export const hashOf = (key: IDBValidKey): string => String(key).slice(1);
/** The headers whose keys come after this one. */
export const headersAfter = (key: IDBValidKey): IDBKeyRange => IDBKeyRange.bound(key, 'i', true, true);
export const FIRST_HEADER = 'h';

/** A row written by a later release, which another tab may run already. It says nothing to us, but is not ours to delete. */
export function isNewer(row: unknown): boolean {
  return isObject(row) && typeof row['format'] === 'number' && row['format'] > FORMAT;
}

/** Whether a row is a header of this database, as it was put: disks and other code of the origin may have changed it. */
export function isHeader(row: unknown, hash: string, totals: Totals): row is Header {
  return (
    areNumbers<Header>(row, ['seq', 'loadedAt', 'bytes']) &&
    areNumbers<Header>(row, ['expiresAt'], isWindow) &&
    areNumbers<Windows>(row.windows, ['due', 'fresh', 'stale', 'expires'], isWindow) &&
    row.format === FORMAT &&
    row.hash === hash &&
    row.epoch === totals.epoch &&
    row.seq <= totals.seq &&
    typeof row.version === 'string' &&
    Array.isArray(row.tags) &&
    row.tags.every((tag) => typeof tag === 'string')
  );
}

export function isValue(row: unknown, header: Header): row is Value {
  return isObject(row) && row['version'] === header.version && 'value' in row;
}

/** @throws if the value can't be cloned; the entry's rows are then as they were */
export function putEntry(store: IDBObjectStore, header: Header, value: unknown): void {
  store.put({ version: header.version, value } satisfies Value, valueKey(header.hash));
  store.put(header, headerKey(header.hash));
}

/** Takes an entry away, whatever its header is. */
export function deleteEntry(store: IDBObjectStore, totals: Totals, hash: string, header: unknown): void {
  store.delete(headerKey(hash));
  store.delete(valueKey(hash));
  totals.entries--;
  totals.bytes -= bytesOf(header);
}

/** Bytes that a header has been counted with. */
export function bytesOf(header: unknown): number {
  return areNumbers<Header>(header, ['bytes']) ? header.bytes : 0;
}

export function recordOf(header: Header, { value }: Value): EntryRecord {
  const { version, tags, loadedAt, windows } = header;
  return { version, value, tags, loadedAt, windows };
}

function isWindow(ms: unknown): boolean {
  return typeof ms === 'number' && ms >= 0;
}
