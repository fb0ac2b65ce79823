import type { Invalidation } from './invalidation.js';

/** Hears what became untrue in other tabs or processes. */
export interface BusListener {
  invalidated(invalidation: Invalidation): void;
  /** Messages may have been lost: from now on memory is suspect. */
  gap(): void;
}

/** Carries what became untrue to the other tabs or processes; never values. */
export interface Bus {
  /** Tells the others. Does nothing where the store's atomic step has told them already. */
  publish(invalidation: Invalidation): void;
  /**
   * Whether all others have applied what was published before, within `ms`. `false` too if one of them does not answer,
   * being cut off, frozen or just gone: they check themselves when they wake up.
   */
  confirm?(ms: number): Promise<boolean>;
  /** @returns a function that ends the subscription */
  subscribe(listener: BusListener): () => void;
  close(): Promise<void>;
}
