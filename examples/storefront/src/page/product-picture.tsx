import type { ReactNode } from 'react';
import type { Product } from '../data/shop.js';

const SHAPES: Readonly<Record<Product['shape'], ReactNode>> = {
  bag: (
    <>
      <path className="a" d="M32 30h36l4 50a5 5 0 0 1-5 5H33a5 5 0 0 1-5-5z" />
      <path className="b" d="M32 30l3-12h30l3 12z" />
      <rect className="c" x="37" y="46" width="26" height="22" rx="3" />
      <ellipse className="b" cx="50" cy="57" rx="5" ry="7.5" transform="rotate(28 50 57)" />
      <path className="line" d="M46.8 63.5q3.2-2.5 2.6-6.5t3.6-6.8" />
    </>
  ),
  cup: (
    <>
      <path className="line wide" d="M67 44h5a10 10 0 0 1 0 20h-7" />
      <path className="a" d="M26 38h43v22a20 20 0 0 1-20 20h-3a20 20 0 0 1-20-20z" />
      <path className="c" d="M26 46q11 7 21.5 0T69 46v-8H26z" />
      <path className="line" d="M41 28q-4-5 0-9M53 28q-4-5 0-9" />
    </>
  ),
  dripper: (
    <>
      <path className="a" d="M24 30h52L60 62H40z" />
      <path className="line" d="M34 33l9 27M45 33l3 27M55 33l-3 27M66 33l-9 27" />
      <rect className="b" x="34" y="62" width="32" height="7" rx="3.5" />
      <path className="c" d="M42 69h16l3 14a3 3 0 0 1-3 3H42a3 3 0 0 1-3-3z" />
    </>
  ),
  grinder: (
    <>
      <path className="line wide" d="M50 26V18h24" />
      <circle className="b" cx="76" cy="18" r="5" />
      <path className="b" d="M38 34a12 10 0 0 1 24 0z" />
      <rect className="a" x="36" y="34" width="28" height="30" rx="3" />
      <rect className="c" x="38" y="64" width="24" height="22" rx="5" />
      <path className="line" d="M36 44h28M36 54h28" />
    </>
  ),
  kettle: (
    <>
      <path className="line wide" d="M34 66Q18 62 20 44t-6-14" />
      <path className="line wide" d="M62 38q22-8 20 12T66 68" />
      <path className="a" d="M36 40h30l8 38a6 6 0 0 1-6 7H34a6 6 0 0 1-6-7z" />
      <path className="b" d="M36 40q15-14 30 0z" />
      <circle className="c" cx="51" cy="28" r="4" />
    </>
  ),
  jar: (
    <>
      <rect className="b" x="32" y="17" width="36" height="12" rx="4" />
      <rect className="c" x="28" y="29" width="44" height="57" rx="9" />
      <path className="a" d="M28 50q11-6 22 0t22 0v27a9 9 0 0 1-9 9H37a9 9 0 0 1-9-9z" />
      <path className="line" d="M42 64q4-3 8 0M54 72q4-3 8 0M38 76q4-3 8 0" />
    </>
  ),
};

/** A picture of a product; its name stands beside it. */
export function ProductPicture({ shape, hue }: Pick<Product, 'shape' | 'hue'>) {
  return (
    <svg className="picture" viewBox="0 0 100 100" style={{ '--hue': hue } as React.CSSProperties} aria-hidden="true">
      {SHAPES[shape]}
    </svg>
  );
}
