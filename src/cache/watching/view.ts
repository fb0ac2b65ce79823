import type { Phase } from '../../freshness/timeline.js';
import type { Entry } from '../../tiers/entry.js';
import type { Flight } from '../reading/flight.js';

/** What a component sees of one key: a plain object that stays the same until something in it changes. */
export interface View<V = unknown> {
  readonly data: V | undefined;
  /** Why the last load failed, until one succeeds. The data stays. */
  readonly error: unknown;
  /** `restoring`: a lower tier is asked, nothing is loaded yet. `idle`: no key, or disabled and not there. */
  readonly status: 'idle' | 'restoring' | 'loading' | 'success' | 'error';
  readonly phase: Phase | undefined;
  /** There is no data yet, and it is being loaded: for the first time, or again after an error. */
  readonly isLoading: boolean;
  /** A load is under way, behind the data or for the first time. */
  readonly isFetching: boolean;
  /** There is no data yet, and a lower tier is asked for it. */
  readonly isRestoring: boolean;
  /** The data is past its ttl, or was invalidated and its successor has not arrived yet. */
  readonly isStale: boolean;
  /** When the data was loaded, ms of the wall clock. */
  readonly updatedAt: number | undefined;
  /** Where the data came from: `'memory'`, the store's name, `'source'`, `'set'`, `'update'`, `'initial'` or `'server'`. */
  readonly source: string | undefined;
}

export const IDLE: View = Object.freeze({
  data: undefined,
  error: undefined,
  status: 'idle',
  phase: undefined,
  isLoading: false,
  isFetching: false,
  isRestoring: false,
  isStale: false,
  updatedAt: undefined,
  source: undefined,
});

/** What the server shows of what it does not have; on a page that is being hydrated, the same. */
export const LOADING: View = Object.freeze({ ...IDLE, status: 'loading', isLoading: true, isFetching: true });

/** The view of what nobody has loaded yet. */
export function waitingView(hasTier: boolean): View {
  return hasTier ? { ...LOADING, status: 'restoring', isRestoring: true } : LOADING;
}

/** What is kept on screen of an entry, also after the entry itself has gone. */
export type Shown = Pick<View, 'data' | 'updatedAt' | 'source'>;

export function shownOf({ value: data, loadedAt: updatedAt, source }: Entry): Shown {
  return { data, updatedAt, source };
}

/** What was there before anybody followed it came from memory, or was brought along. */
export function foundOf(entry: Entry): Shown {
  const { source } = entry;
  return { ...shownOf(entry), source: source === 'server' || source === 'initial' ? source : 'memory' };
}

export interface Sight {
  /** The entry whose age is that of what is shown; none if memory could not keep it. */
  readonly entry?: Entry | undefined;
  readonly shown?: Shown | undefined;
  /** Whether what is shown was invalidated. */
  readonly untrue?: boolean;
  readonly error?: unknown;
  /** Whether nobody asks for it to be loaded. */
  readonly idle?: boolean;
}

/** @param stage what is under way */
export function viewOf(sight: Sight, stage: Flight['stage'] | undefined, now: number): View {
  const { entry, shown, untrue, error, idle } = sight;
  const phase = entry && shown && !untrue ? entry.phaseAt(now) : undefined;
  const waiting = stage === 'lookup' ? 'restoring' : stage === undefined && idle ? 'idle' : 'loading';
  const status = error !== undefined ? 'error' : shown ? 'success' : waiting;
  return {
    ...IDLE,
    ...shown,
    error,
    status,
    phase,
    isLoading: !shown && (stage !== undefined || status === 'loading'),
    isFetching: stage !== undefined,
    isRestoring: status === 'restoring',
    isStale: shown !== undefined && (untrue === true || (phase !== undefined && phase !== 'fresh' && phase !== 'due')),
  };
}

/**
 * What the server and a page that is being hydrated show of data: without what depends on time or place, so that
 * both show the same.
 */
export function serverViewOf(data: unknown): View {
  return { ...IDLE, data, status: 'success', source: 'server' };
}

export function sameView<T extends View>(
  a: T,
  b: T,
  names: Iterable<keyof T> = Object.keys(a) as (keyof T)[],
): boolean {
  for (const name of names) if (!Object.is(a[name], b[name])) return false;
  return true;
}
