import type { Phase } from '../freshness/timeline.js';
import type { Entry } from '../tiers/entry.js';
import type { Flight } from './flight.js';
import type { GetOptions } from './options.js';

/** What a component sees of one key: a plain object that stays the same until something in it changes. */
export interface View<V = unknown> {
  readonly data: V | undefined;
  /** Why the last load failed, until one succeeds. The data stays. */
  readonly error: unknown;
  /** `restoring`: a lower tier is asked, nothing is loaded yet. `idle`: no key, or disabled. */
  readonly status: 'idle' | 'restoring' | 'loading' | 'success' | 'error';
  readonly phase: Phase | undefined;
  /** There is no data yet, and it is being loaded. */
  readonly isLoading: boolean;
  /** A load is under way, behind the data or for the first time. */
  readonly isFetching: boolean;
  /** The data is past its ttl, or was invalidated and its successor has not arrived yet. */
  readonly isStale: boolean;
  /** When the data was loaded, ms of the wall clock. */
  readonly updatedAt: number | undefined;
  /** Where the data came from: `'memory'`, the store's name, `'source'`, `'set'` or `'server'`. */
  readonly source: string | undefined;
}

export interface WatchOptions extends Omit<GetOptions, 'signal'> {
  /** Whether to load at all. @default true */
  enabled?: boolean;
}

/** Follows one key. */
export interface Watch<V> {
  read(): View<V>;
  /** Calls back after each change of the view. The first subscriber starts the read. @returns a function that ends it */
  subscribe(listener: () => void): () => void;
  /** Loads even if the data is fresh. */
  refresh(): Promise<V>;
}

export const IDLE: View = Object.freeze({
  data: undefined,
  error: undefined,
  status: 'idle',
  phase: undefined,
  isLoading: false,
  isFetching: false,
  isStale: false,
  updatedAt: undefined,
  source: undefined,
});

/** What is kept on screen of an entry, also after the entry itself has gone. */
export type Shown = Pick<View, 'data' | 'updatedAt' | 'source'>;

export function shownOf({ value: data, loadedAt: updatedAt, source }: Entry): Shown {
  return { data, updatedAt, source };
}

export interface Sight {
  /** The entry whose age is that of what is shown; none if memory could not keep it. */
  readonly entry?: Entry | undefined;
  readonly shown?: Shown | undefined;
  /** Whether what is shown was invalidated. */
  readonly untrue?: boolean;
  readonly error?: unknown;
}

/** @param stage what is under way */
export function viewOf({ entry, shown, untrue, error }: Sight, stage: Flight['stage'] | undefined, now: number): View {
  const phase = entry && shown && !untrue ? entry.phaseAt(now) : undefined;
  const waiting = stage === 'lookup' ? 'restoring' : 'loading';
  return {
    ...IDLE,
    ...shown,
    error,
    status: error !== undefined ? 'error' : shown ? 'success' : waiting,
    phase,
    isLoading: !shown && error === undefined,
    isFetching: stage !== undefined,
    isStale: shown !== undefined && (untrue === true || (phase !== undefined && phase !== 'fresh' && phase !== 'due')),
  };
}

export function sameView(a: View, b: View): boolean {
  return (Object.keys(a) as (keyof View)[]).every((name) => Object.is(a[name], b[name]));
}
