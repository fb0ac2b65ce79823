import { useEffect, useState } from 'react';
import { price } from '../data/resource.js';
import { formatMoney } from './format.js';
import { Provenance } from './provenance.js';
import { Skeleton } from './skeleton.js';
import { useKeptFresh } from './use-kept-fresh.js';
import { useOwnResource } from './use-resource.js';

const resource = price('green-arabica');
const MOST_POINTS = 40;

/** What raw coffee costs this second. */
export function PricePanel() {
  const view = useOwnResource(resource);
  useKeptFresh(view);
  const points = useHistory(view.data?.cents, view.data?.changedAt);
  return (
    <section className="panel price" aria-labelledby="price-title">
      <header>
        <h2 id="price-title">Live price</h2>
        <Provenance of={resource} view={view} />
      </header>
      {view.data ? (
        <>
          <p className="quote">
            <span className="big">{formatMoney(view.data.cents)}</span> <span>{view.data.name}, per kg</span>
          </p>
          <Sparkline points={points} />
        </>
      ) : (
        <Skeleton error={view.error} />
      )}
    </section>
  );
}

/** The values this page has shown. */
function useHistory(value: number | undefined, changedAt: string | undefined): readonly number[] {
  const [points, setPoints] = useState<readonly number[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: an unchanged price at a later time is a point too
  useEffect(() => {
    if (value !== undefined) setPoints((before) => [...before, value].slice(-MOST_POINTS));
  }, [value, changedAt]);
  return points;
}

function Sparkline({ points }: { points: readonly number[] }) {
  const low = Math.min(...points);
  const span = Math.max(...points) - low || 1;
  const x = (at: number) => 200 - (points.length - 1 - at) * (200 / (MOST_POINTS - 1));
  const y = (value: number) => 36 - ((value - low) / span) * 32;
  const path = points.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  return (
    <svg className="sparkline" viewBox="0 0 204 40" preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={path} />}
    </svg>
  );
}
