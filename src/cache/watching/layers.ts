import { hashKey } from '../../key.js';
import type { OptimisticChange } from '../options.js';
import { tried } from './tried.js';

/**
 * Optimistic changes. They lie over what is shown, in the order in which they were made, and never enter the cache: so
 * new data slides in below them, and one that failed is taken out from between the others.
 */
export interface Layers {
  /** What is shown of this data: the same object while neither it nor the layers have changed. */
  over(hash: string, data: unknown): unknown;
  add(changes: readonly OptimisticChange[]): Added;
  /** Data whose load began at this logical time has arrived: what was saved before it is in it. */
  arrived(hash: string, generation: number): void;
  /** Nobody follows this key any more. */
  left(hash: string): void;
}

/** The layers of one mutation. */
export interface Added {
  /** The source has it: each layer goes when data arrives whose load began after now. */
  saved(): void;
  /** Takes out the layers that wait for no data. */
  end(): void;
  undo(): void;
}

interface Layer {
  readonly hash: string;
  readonly change: (current: unknown) => unknown;
  /** Logical time. */
  savedAt: number;
}

export interface LayersParts {
  /** The logical time. */
  readonly now: () => number;
  /** The layers of a key have changed. */
  readonly changed: (hash: string) => void;
  /** Whether what is shown of a key is untrue, and its successor has not arrived. */
  readonly awaits: (hash: string) => boolean;
}

export function createLayers({ now, changed, awaits }: LayersParts): Layers {
  const layers = new Map<string, readonly Layer[]>();
  const results = new Map<string, { data: unknown; list: readonly Layer[]; result: unknown }>();

  const remove = (hash: string, goes: (layer: Layer) => boolean): boolean => {
    const before = layers.get(hash);
    const list = before?.filter((layer) => !goes(layer));
    if (before === undefined || list?.length === before.length) return false;
    if (list?.length) layers.set(hash, list);
    else {
      layers.delete(hash);
      results.delete(hash);
    }
    return true;
  };

  return {
    over(hash, data) {
      const list = layers.get(hash);
      if (list === undefined) return data;
      const known = results.get(hash);
      if (known?.list === list && Object.is(known.data, data)) return known.result;
      let result = data;
      for (const { change } of list) result = tried(() => change(result), result);
      results.set(hash, { data, list, result });
      return result;
    },
    add(changes) {
      const own = changes.map(({ key, change }): Layer => {
        return { hash: hashKey(key), change: change as Layer['change'], savedAt: Number.POSITIVE_INFINITY };
      });
      for (const layer of own) layers.set(layer.hash, [...(layers.get(layer.hash) ?? []), layer]);
      for (const { hash } of own) changed(hash);
      const drop = (hash: string) => {
        if (remove(hash, (layer) => own.includes(layer))) changed(hash);
      };
      return {
        saved() {
          for (const layer of own) layer.savedAt = now();
        },
        end() {
          for (const { hash, savedAt } of own) if (savedAt > now() || !awaits(hash)) drop(hash);
        },
        undo() {
          for (const { hash } of own) drop(hash);
        },
      };
    },
    arrived: (hash, generation) => void remove(hash, ({ savedAt }) => savedAt < generation),
    left: (hash) => void remove(hash, ({ savedAt }) => savedAt <= now()),
  };
}
