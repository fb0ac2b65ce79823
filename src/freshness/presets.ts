import type { Freshness } from './timeline.js';

/**
 * Freshness for the usual kinds of data: fresh for the shorter time of each range, then answered while a load
 * runs behind until the longer one.
 */
export const presets = {
  /** Configuration documents: 5 to 15 minutes. */
  configuration: { ttl: '5m', staleWhileRevalidate: '10m', staleIfError: '1d' },
  /** User profiles: 1 to 24 hours. */
  profile: { ttl: '1h', staleWhileRevalidate: '23h', staleIfError: '23h' },
  /** Catalogues, product pages, articles: 15 to 60 minutes. */
  catalogue: { ttl: '15m', staleWhileRevalidate: '45m', staleIfError: '1d', negativeTtl: '1m' },
  /** Sessions: 30 minutes to 24 hours; never answered after a failed check. */
  session: { ttl: '30m', staleWhileRevalidate: '23.5h', staleIfError: 0 },
  /** Live data such as prices and stock: 1 to 60 seconds. */
  live: { ttl: '1s', staleWhileRevalidate: '4s', staleIfError: '59s', jitter: 0 },
} as const satisfies Record<string, Freshness>;
