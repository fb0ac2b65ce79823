import { useCacheMutation } from 'cache-aside/react';
import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react';
import { productTag } from '../data/resource.js';
import type { Product, ProductPatch } from '../data/shop.js';
import { announce } from './announcements.js';

export interface ProductFormProps {
  readonly product: Pick<Product, 'id' | 'name' | 'cents' | 'stock'>;
  readonly onDone: () => void;
}

/** Edits a product: saves it, then invalidates everything that shows it, in every tab. */
export function ProductForm({ product: { id, name, cents, stock }, onDone }: ProductFormProps) {
  const first = useRef<HTMLInputElement>(null);
  const { mutate, status, error } = useCacheMutation((patch: ProductPatch) => save(id, patch), {
    invalidates: { tags: [productTag(id)] },
  });
  useEffect(() => first.current?.select(), []);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (status === 'saving') return; // not a disabled button, which would lose the focus
    const fields = new FormData(event.currentTarget);
    const patch = {
      name: String(fields.get('name')),
      cents: Math.round(Number(fields.get('price')) * 100),
      stock: Number(fields.get('stock')),
    };
    mutate(patch).then(
      (saved) => {
        announce(`${saved.name} is saved. Every tab loads it anew.`);
        onDone();
      },
      () => {}, // shown below
    );
  };
  const leave = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone();
  };

  return (
    <form className="facts" aria-label={`Edit ${name}`} onSubmit={submit} onKeyDown={leave}>
      <label>
        Name
        <input ref={first} name="name" defaultValue={name} required maxLength={60} autoComplete="off" />
      </label>
      <div className="pair">
        <label>
          Price, €
          <input
            name="price"
            type="number"
            min="0"
            max="10000"
            step="0.01"
            defaultValue={(cents / 100).toFixed(2)}
            required
          />
        </label>
        <label>
          In stock
          <input name="stock" type="number" min="0" max="1000000" step="1" defaultValue={stock} required />
        </label>
      </div>
      {status === 'error' && (
        <p className="missing" role="alert">
          Not saved: {error instanceof Refusal ? error.message : 'the shop can’t be reached.'}
        </p>
      )}
      <div className="buttons">
        <button type="submit" aria-disabled={status === 'saving'}>
          {status === 'saving' ? 'Saving …' : 'Save'}
        </button>
        <button type="button" className="quiet" onClick={onDone}>
          Cancel
        </button>
      </div>
    </form>
  );
}

async function save(id: number, patch: ProductPatch): Promise<Product> {
  const response = await fetch(`/api/products/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(patch),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer as Product;
  throw new Refusal((answer as { message: string }).message);
}

/** The shop has answered, and says why not. */
class Refusal extends Error {}
