import { useEffect, useRef, useState } from 'react';
import { product } from '../data/resource.js';
import type { Product } from '../data/shop.js';
import { formatMoney } from './format.js';
import { ProductForm } from './product-form.js';
import { ProductPicture } from './product-picture.js';
import { Provenance } from './provenance.js';
import { Skeleton } from './skeleton.js';
import { useMounted } from './use-mounted.js';
import { useResource } from './use-resource.js';

export function ProductDetail({ id }: { id: number }) {
  const resource = product(id);
  const view = useResource(resource);
  const title = useFocusOnChange(id);
  return (
    <article className="panel detail" aria-labelledby="detail-title">
      <header>
        <h2 id="detail-title" ref={title} tabIndex={-1}>
          {view.data?.name ?? (view.data === null ? 'Not on the shelf' : 'Product')}
        </h2>
        <Provenance of={resource} view={view} />
      </header>
      {view.data === null && <p>There is no product {id}. The cache remembers that too, for a minute.</p>}
      {view.data === undefined && <Skeleton error={view.error} lines={5} />}
      {view.data && <Facts product={view.data} key={id} />}
    </article>
  );
}

function Facts({ product: { id, name, notes, description, cents, stock, shape, hue } }: { product: Product }) {
  const [isEditing, setEditing] = useState(false);
  const mounted = useMounted();
  const edit = useRef<HTMLButtonElement>(null);
  const wasEditing = useRef(false);
  useEffect(() => {
    if (wasEditing.current && !isEditing) edit.current?.focus();
    wasEditing.current = isEditing;
  }, [isEditing]);
  return (
    <>
      <div className="stage" style={{ '--hue': hue } as React.CSSProperties}>
        <ProductPicture shape={shape} hue={hue} />
      </div>
      {isEditing ? (
        <ProductForm product={{ id, name, cents, stock }} onDone={() => setEditing(false)} />
      ) : (
        <div className="facts">
          <p className="notes">{notes}</p>
          <p>{description}</p>
          <dl>
            <div>
              <dt>Price</dt>
              <dd className="big">{formatMoney(cents)}</dd>
            </div>
            <div>
              <dt>In stock</dt>
              <dd>{stock}</dd>
            </div>
          </dl>
          <button type="button" ref={edit} disabled={!mounted} onClick={() => setEditing(true)}>
            Edit this product
          </button>
        </div>
      )}
    </>
  );
}

/** A link within the page moves nothing by itself: whoever followed it finds themselves at what it shows. */
function useFocusOnChange(id: number) {
  const title = useRef<HTMLHeadingElement>(null);
  const shown = useRef(id);
  useEffect(() => {
    if (shown.current === id) return;
    shown.current = id;
    title.current?.focus({ preventScroll: true });
    // Below the list on a narrow screen, beside it on a wide one.
    const isBelow = matchMedia('(max-width: 719px)').matches;
    title.current?.closest('article')?.scrollIntoView({ block: isBelow ? 'start' : 'nearest' });
  }, [id]);
  return title;
}
