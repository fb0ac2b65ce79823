import type { Loader } from '../../contracts/loader.js';
import type { Ticket } from '../../contracts/store.js';
import type { Timing } from '../../freshness/timeline.js';
import type { Key } from '../../key.js';
import type { Entry } from '../../tiers/entry.js';

/** What a read asks for: its key and how to load it. */
export interface Request {
  readonly key: Key;
  readonly hash: string;
  readonly loader: Loader<unknown>;
  readonly timing: Timing;
  /** The tags known before the load, implicit ones included. */
  readonly tags: readonly string[];
  /** Ms that a load may take. */
  readonly timeout: number | undefined;
  /** Ms for which a failed load keeps others from trying. */
  readonly coolDown: number;
}

/** The right to store what a load brings: a store's ticket; memory alone; or, during a mutation, nowhere. */
export type Right = Ticket | 'memory-only' | 'nowhere';

/**
 * Why a flight was begun: to `answer` somebody who waits; `behind` an answer, for nobody; to `revalidate` what may be
 * fresh, for which a load that is under way elsewhere will do; or to `refresh`, for which only a load will do that began
 * after it was asked for.
 */
export type Purpose = 'answer' | 'behind' | 'revalidate' | 'refresh';

/** One shared answer under way: the lookup in a lower tier and, if that misses, the load. Readers join it. */
export class Flight {
  readonly request: Request;
  /** Logical time of the fence at which it began: an invalidation after it makes what it brings untrue. */
  readonly generation: number;
  readonly purpose: Purpose;
  /** What to answer if the load fails. */
  fallback: Entry | undefined;
  tags: readonly string[];
  stage: 'lookup' | 'load' = 'lookup';
  /** Given when its load begins. */
  right: Right = 'nowhere';
  /** Undefined only while the synchronous part of the loader runs. */
  promise: Promise<unknown> | undefined = undefined;
  /** How many readers are left; `Infinity` once there is one who cannot leave. */
  readers = 0;
  abandoned = false;
  /** Ends what it waits for besides its loader. */
  onAbandon: (() => void) | undefined = undefined;
  /** Another has taken the load over: if the loader gives up, ask again. */
  lost = false;
  /** What its readers get if its loader gives up, since another flight has begun in its place. */
  instead: (() => Promise<unknown>) | undefined = undefined;
  /** The flight in whose place it has begun. */
  overtook: Flight | undefined = undefined;
  /** The newer answer is there: what it finds or loads itself is no use any more. */
  isOutdated = false;
  /** Ends its load, though its loader may go on. */
  giveUp: ((reason: unknown) => void) | undefined = undefined;
  /** How often it was taken over. */
  losses = 0;
  /** The source's own number of what was loaded. */
  revision: string | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #reason: unknown = undefined;

  constructor(request: Request, generation: number, purpose: Purpose, fallback?: Entry) {
    this.request = request;
    this.generation = generation;
    this.purpose = purpose;
    this.fallback = fallback;
    this.tags = request.tags;
  }

  /** Made when first asked for: an AbortController costs more than all the rest of a load. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.abandoned || this.lost) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether it loads, though there may be something fresh. */
  get insists(): boolean {
    return this.purpose === 'revalidate' || this.purpose === 'refresh';
  }

  /** Whether it can still be stopped: before its load, or by a loader that has taken the signal. */
  get isStoppable(): boolean {
    return this.stage === 'lookup' || this.#controller !== undefined;
  }

  abandon(reason: unknown): void {
    this.abandoned = true;
    this.onAbandon?.();
    this.#abort(reason);
  }

  /** The right to commit is gone. The readers still want an answer: the loader may bring it, or give up by its signal. */
  lose(reason: unknown): void {
    this.lost = true;
    this.#abort(reason);
  }

  /** Makes it as it was before its load, to begin again. */
  renew(): void {
    this.lost = false;
    this.losses++;
    this.#controller = undefined;
    this.revision = undefined;
  }

  #abort(reason: unknown): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  addTags(tags: readonly string[]): void {
    const added = tags.filter((tag) => !this.tags.includes(tag));
    if (added.length > 0) this.tags = [...this.tags, ...added];
  }
}
