import type { Phase } from '../../freshness/timeline.js';
import type { Entry } from '../../tiers/entry.js';
import type { Flight } from '../reading/flight.js';

/** The parts of a view, as they are put together. */
export interface AnyView<V = unknown> {
  /** What is shown. It stays while it is loaded again, and if that fails. */
  readonly data: V | undefined;
  /** Why the last load failed, until one succeeds. The data stays. */
  readonly error: NonNullable<unknown> | undefined;
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

export interface SuccessView<V = unknown> extends AnyView<V> {
  readonly status: 'success';
  readonly data: V;
  readonly error: undefined;
  readonly isLoading: false;
  readonly isRestoring: false;
}

export interface ErrorView<V = unknown> extends AnyView<V> {
  readonly status: 'error';
  readonly error: NonNullable<unknown>;
  readonly isRestoring: false;
}

/** There is nothing to show yet. */
export interface WaitingView extends AnyView<undefined> {
  readonly status: 'idle' | 'restoring' | 'loading';
  readonly data: undefined;
  readonly error: undefined;
}

/**
 * What a component sees of one key: a plain object that stays the same until something in it changes. Its status tells
 * whether there is data.
 */
export type View<V = unknown> = SuccessView<V> | ErrorView<V> | WaitingView;

export const IDLE: WaitingView & { readonly isLoading: false; readonly isRestoring: false } = Object.freeze({
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
export const LOADING: WaitingView = Object.freeze({ ...IDLE, status: 'loading', isLoading: true, isFetching: true });

/** The view of what nobody has loaded yet. */
export function waitingView(hasTier: boolean): View {
  return hasTier ? { ...LOADING, status: 'restoring', isRestoring: true } : LOADING;
}

/** What is kept on screen of an entry, also after the entry itself has gone. */
export type Shown = Pick<AnyView, 'data' | 'updatedAt' | 'source'>;

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
  readonly error?: AnyView['error'];
  /** Whether nobody asks for it to be loaded. */
  readonly idle?: boolean;
}

/** What a load or a write failed with: something, whatever was thrown. */
export function reasonOf(error: unknown): NonNullable<unknown> {
  return error ?? new TypeError('It failed without saying why.');
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
  } as View;
}

/**
 * What the server and a page that is being hydrated show of data: without what depends on time or place, so that
 * both show the same.
 */
export function serverViewOf(data: unknown): View {
  return { ...IDLE, data, status: 'success', source: 'server' };
}

export function sameView<T extends AnyView>(
  a: T,
  b: T,
  names: Iterable<keyof T> = Object.keys(a) as (keyof T)[],
): boolean {
  for (const name of names) if (!Object.is(a[name], b[name])) return false;
  return true;
}
