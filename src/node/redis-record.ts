import type { EntryRecord, Windows } from '../contracts/entry-record.js';
import type { Serializer } from '../contracts/serializer.js';

/** A record as Redis keeps it, read without its payload. */
export interface Wire {
  readonly version: string;
  /** A soft invalidation of the key reached it. */
  readonly stale: boolean;
  /** The source's number of it, in decimal digits. */
  readonly revision: string | undefined;
  /** The stamps that its tags had before its load. */
  readonly stamps: readonly (readonly [tag: string, stamp: string])[];
  /** In ms of the server's clock. */
  readonly loadedAt: number;
  readonly windows: Windows;
  readonly payload: string;
}

/** @throws if the serializer cannot write the value */
export function encodeRecord(
  record: EntryRecord,
  stamps: Wire['stamps'],
  loadedAt: number,
  serializer: Serializer,
): string {
  const { due, fresh, stale, expires } = record.windows;
  const { revision } = record; // first, where the script that commits looks for it
  const header = JSON.stringify({ revision, stamps, loadedAt, windows: [due, fresh, stale, expires] }); // Infinity: null
  return `-${record.version}\n${header}\n${serializer.serialize(record.value)}`;
}

/** `undefined` if the text is not what {@link encodeRecord} wrote. */
export function decodeWire(text: string): Wire | undefined {
  const first = text.indexOf('\n');
  const second = text.indexOf('\n', first + 1);
  if (first < 2 || second < 0 || (text[0] !== '-' && text[0] !== '~')) return undefined;
  const header = parse(text.slice(first + 1, second));
  if (!isHeader(header)) return undefined;
  const [due, fresh, stale, expires] = header.windows.map((ms) => ms ?? Number.POSITIVE_INFINITY);
  return {
    version: text.slice(1, first),
    stale: text[0] === '~',
    revision: header.revision,
    stamps: header.stamps,
    loadedAt: header.loadedAt,
    windows: { due: due ?? 0, fresh: fresh ?? 0, stale: stale ?? 0, expires: expires ?? 0 },
    payload: text.slice(second + 1),
  };
}

interface Header {
  readonly revision?: string;
  readonly stamps: [string, string][];
  readonly loadedAt: number;
  readonly windows: (number | null)[];
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isHeader(header: unknown): header is Header {
  if (typeof header !== 'object' || header === null) return false;
  const { revision, stamps, loadedAt, windows } = header as Partial<Header>;
  return (
    (revision === undefined || typeof revision === 'string') &&
    Number.isFinite(loadedAt) &&
    Array.isArray(windows) &&
    windows.length === 4 &&
    windows.every((ms) => ms === null || (typeof ms === 'number' && ms >= 0)) &&
    Array.isArray(stamps) &&
    stamps.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string')
  );
}
