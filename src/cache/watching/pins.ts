import { serverViewOf, type View } from './view.js';

/** What the page's HTML shows, so that it shows the same while it is hydrated, whatever has arrived meanwhile. */
export interface Pins {
  /** Whether a page has brought entries at all: of other keys it shows that there is nothing. */
  readonly isHydrated: boolean;
  has(hash: string): boolean;
  get(hash: string): View | undefined;
  add(entries: readonly { readonly hash: string; readonly value: unknown }[]): void;
}

/** How many entries that pages have brought are remembered as they were. */
const MOST_PINS = 1_000;

export function createPins(): Pins {
  const pins = new Map<string, View>();
  let isHydrated = false;
  return {
    get isHydrated() {
      return isHydrated;
    },
    has: (hash) => pins.has(hash),
    get: (hash) => pins.get(hash),
    add(entries) {
      isHydrated = true;
      for (const { hash, value } of entries) pins.set(hash, serverViewOf(value));
      for (const oldest of pins.keys()) {
        if (pins.size <= MOST_PINS) break;
        pins.delete(oldest);
      }
    },
  };
}
