import { type ReactNode, Suspense, useEffect, useState } from 'react';
import type { GetOptions, Loader } from '../../../src/index.js';
import { useCacheAside, useSuspenseCacheAside } from '../../../src/react/index.js';
import { StreamedCache } from '../../../src/react/streamed-cache.js';

/** What the page asks the API for. The server's loaders answer the same from its own data. */
export type Load = (name: string) => Loader<Piece>;

/** A value that plain JSON would not bring back. */
export interface Piece {
  readonly text: string;
  readonly madeAt: Date;
  readonly counts: ReadonlyMap<string, bigint>;
}

/** What everything is read with, unless a page says otherwise. */
export const OPTIONS: GetOptions = { ttl: '1h', staleWhileRevalidate: '1h', scope: 'public' };

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

interface Source {
  readonly load: Load;
  readonly options?: GetOptions;
}

interface Own extends Source {
  readonly name: string;
  readonly reads?: string;
  readonly children?: ReactNode;
}

/** Suspends, and then also follows the key: both must always show the same. */
function Panel({ name, reads = name, load, options = OPTIONS, children }: Own) {
  const { data: piece } = useSuspenseCacheAside([reads], load(reads), options);
  const followed = useCacheAside([reads], load(reads), options);
  if (followed.data !== piece) throw new Error(`${name} reads two values`);
  return (
    <section title={'"<&>'.repeat(12_500)}>
      <Shown name={name} piece={piece} />
      {children}
    </section>
  );
}

function Shell({ load, options = OPTIONS }: Source) {
  const { data } = useCacheAside(['shell'], load('shell'), options);
  return <Shown name="shell" piece={data} />;
}

/** Reads in the shell, in boundaries side by side, one in another, and one key in two of them. */
export function App({ gate, ...source }: Source & { readonly gate?: Promise<unknown> }) {
  return (
    <StreamedCache>
      <Shell {...source} />
      <Suspense fallback={<p>first …</p>}>
        <Panel name="first" {...source}>
          <Suspense fallback={<p>nested …</p>}>
            <Panel name="nested" {...source} />
          </Suspense>
        </Panel>
      </Suspense>
      <Suspense fallback={<p>held …</p>}>
        {/* Reads the common key first, and is sent last. */}
        <Panel name="held" reads="common" {...source}>
          <Gate gate={gate} />
        </Panel>
      </Suspense>
      <Suspense fallback={<p>second …</p>}>
        <Panel name="second" reads="common" {...source} />
      </Suspense>
      <Suspense fallback={<p>last …</p>}>
        <Panel name="last" {...source} />
      </Suspense>
    </StreamedCache>
  );
}

const opened = new WeakSet<Promise<unknown>>();

/** Suspends as libraries do that React 18 knows too. */
function Gate({ gate }: { gate: Promise<unknown> | undefined }) {
  if (gate && !opened.has(gate)) throw gate.then(() => opened.add(gate));
  return null;
}
