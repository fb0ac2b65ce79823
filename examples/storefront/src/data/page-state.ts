import type { DehydratedEntry } from 'cache-aside';
import type { Origin } from './shop.js';

/** What the server's page brings along for the browser's cache. */
export interface PageState {
  /** Names this life of the database: a new one makes all that was kept of the last one untrue. */
  readonly database: string;
  /** What the page was rendered from. Empty if the browser is to render it. */
  readonly entries: readonly DehydratedEntry[];
  /** By hash, where the server's cache had it. */
  readonly origins: Readonly<Record<string, Origin>>;
}

export const STATE_ELEMENT = 'page-state';
