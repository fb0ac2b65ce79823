import { type ReactNode, Suspense, use, useEffect, useState } from 'react';
import { type Cache, type GetOptions, hashKey, type Key, type Loader } from '../../../src/index.js';
import { useCache, useCacheAside } from '../../../src/react/index.js';
import { StreamedCache } from '../../../src/react/streamed-cache.js';

/** What the page asks the API for. The server's loaders answer the same from its own data. */
export type Load = (name: string) => Loader<Piece>;

/** A value that plain JSON would not bring back. */
export interface Piece {
  readonly text: string;
  readonly madeAt: Date;
  readonly counts: ReadonlyMap<string, bigint>;
}

const OPTIONS: GetOptions = { ttl: '1h', staleWhileRevalidate: '1h', scope: 'public' };
const promises = new WeakMap<Cache, Map<string, Promise<unknown>>>();

/** Reads while rendering: React's `use` wants the same promise each time. */
function useValue<V>(key: Key, loader: Loader<V>): V {
  const cache = useCache();
  const there = cache.peek<V>(key);
  if (there !== undefined) return there;
  const known = promises.get(cache) ?? new Map<string, Promise<unknown>>();
  promises.set(cache, known);
  const promise = known.get(hashKey(key)) ?? cache.get(key, loader, OPTIONS);
  known.set(hashKey(key), promise);
  return use(promise) as V;
}

function Shown({ name, piece }: { name: string; piece: Piece | undefined }) {
  const [count, setCount] = useState(0);
  const [alive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  return (
    <button type="button" id={name} data-alive={alive} onClick={() => setCount(count + 1)}>
      {piece
        ? `${piece.text} of ${piece.madeAt.getUTCFullYear()}, ${[...piece.counts].map(([what, n]) => `${n + 1n} ${what}`)}, ${count}`
        : 'loading'}
    </button>
  );
}

/** Suspends, and then also follows the key. */
function Panel({
  name,
  reads = name,
  load,
  children,
}: {
  name: string;
  reads?: string;
  load: Load;
  children?: ReactNode;
}) {
  const piece = useValue([reads], load(reads));
  const followed = useCacheAside([reads], load(reads), OPTIONS);
  if (followed.data !== piece) throw new Error(`${name} reads two values`);
  return (
    <section title={'"<&>'.repeat(12_500)}>
      <Shown name={name} piece={piece} />
      {children}
    </section>
  );
}

function Shell({ load }: { load: Load }) {
  const { data } = useCacheAside(['shell'], load('shell'), OPTIONS);
  return <Shown name="shell" piece={data} />;
}

/** Reads in the shell, in boundaries side by side, one in another, and one key in two of them. */
export function App({ load, gate }: { load: Load; gate?: Promise<unknown> }) {
  return (
    <StreamedCache>
      <Shell load={load} />
      <Suspense fallback={<p>first …</p>}>
        <Panel name="first" load={load}>
          <Suspense fallback={<p>nested …</p>}>
            <Panel name="nested" load={load} />
          </Suspense>
        </Panel>
      </Suspense>
      <Suspense fallback={<p>held …</p>}>
        {/* Reads the common key first, and is sent last. */}
        <Panel name="held" reads="common" load={load}>
          <Gate gate={gate} />
        </Panel>
      </Suspense>
      <Suspense fallback={<p>second …</p>}>
        <Panel name="second" reads="common" load={load} />
      </Suspense>
      <Suspense fallback={<p>last …</p>}>
        <Panel name="last" load={load} />
      </Suspense>
    </StreamedCache>
  );
}

function Gate({ gate }: { gate: Promise<unknown> | undefined }) {
  if (gate) use(gate);
  return null;
}
