import { products } from '../data/resource.js';
import { formatMoney } from './format.js';
import { follow } from './navigation.js';
import { productPath } from './product-path.js';
import { ProductPicture } from './product-picture.js';
import { Provenance } from './provenance.js';
import { Skeleton } from './skeleton.js';
import { useResource } from './use-resource.js';

export function ProductList({ selected, search }: { selected: number; search: string }) {
  const view = useResource(products);
  return (
    <nav className="panel list" aria-labelledby="list-title">
      <header>
        <h2 id="list-title">On the shelf</h2>
        <Provenance of={products} view={view} />
      </header>
      {view.data === undefined ? (
        <Skeleton error={view.error} lines={8} />
      ) : (
        <ul>
          {view.data.map(({ id, name, notes, cents, shape, hue }) => (
            <li key={id}>
              <a href={productPath(id, search)} aria-current={id === selected ? 'page' : undefined} onClick={follow}>
                <ProductPicture shape={shape} hue={hue} />
                <span className="name">{name}</span>
                <span className="notes">{notes}</span>
                <span className="cents">{formatMoney(cents)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}
