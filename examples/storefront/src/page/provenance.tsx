import { hashKey } from 'cache-aside';
import type { CacheAsideResult } from 'cache-aside/react';
import type { Resource } from '../data/resource.js';
import { formatAge } from './format.js';
import { useMounted } from './use-mounted.js';
import { useNow } from './use-now.js';
import { origins } from './use-resource.js';

const PLACES: Readonly<Record<string, string>> = {
  memory: 'memory',
  indexeddb: 'disk',
  server: 'HTML', // the page came with it
  set: 'set here',
};

/** Where the server, in its turn, had it. */
const ORIGINS: Readonly<Record<string, string>> = {
  memory: 'memory',
  redis: 'Redis',
  source: 'database',
};

/** Where a value came from, the phase it is in, and its age. Only the browser knows, so the server leaves room. */
export function Provenance<V>({ of, view }: { of: Resource<V, string>; view: CacheAsideResult<V> }) {
  const mounted = useMounted();
  const origin = ORIGINS[origins.get(hashKey(of.key)) ?? ''];
  const { source, phase, updatedAt, isFetching, error } = view;
  if (!mounted || source === undefined) {
    return <p className="provenance">{mounted && error === undefined && <span className="tag">{view.status}</span>}</p>;
  }
  const place = PLACES[source] ?? 'API';
  const isFromServer = place === 'API' || source === 'server';
  return (
    <p className="provenance" data-source={source} data-fetching={isFetching}>
      <span className={`tag tag-${source}`}>
        <span className="unseen">From: </span>
        {place}
        {isFromServer && origin && ` · ${origin}`}
      </span>
      <span className={`tag phase-${phase ?? 'invalid'}`}>
        <span className="unseen">Phase: </span>
        {phase ?? 'invalidated'}
      </span>
      <span className="age">
        <span className="unseen">Age: </span>
        {updatedAt !== undefined && <Age since={updatedAt} />}
        {isFetching && <span className="spinner" role="img" aria-label="loading" />}
      </span>
    </p>
  );
}

function Age({ since }: { since: number }) {
  const now = useNow();
  return <time>{now === undefined ? '' : formatAge(now - since)}</time>;
}
