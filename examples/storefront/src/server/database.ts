import { randomUUID } from 'node:crypto';
import { PGlite } from '@electric-sql/pglite';
import type { Configuration, Price, Product, ProductPatch, ProductSummary, Profile } from '../data/shop.js';
import { schema } from './schema.js';

/** The source: Postgres, embedded, in memory. It begins anew with each start. */
export interface Database {
  /** Another one at each start. */
  readonly id: string;
  products(): Promise<ProductSummary[]>;
  product(id: number): Promise<Product | null>;
  profile(id: number): Promise<Profile | null>;
  configuration(): Promise<Configuration>;
  price(id: string): Promise<Price | null>;
  /** @returns the product as saved, or null if there is none */
  saveProduct(id: number, patch: ProductPatch): Promise<Product | null>;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  const postgres = await PGlite.create();
  await postgres.exec(schema);
  const market = setInterval(() => void walk(postgres), 1_000).unref();

  const rows = async <T>(sql: string, values: unknown[] = []): Promise<T[]> =>
    (await postgres.query<T>(sql, values)).rows;
  const row = async <T>(sql: string, values: unknown[]): Promise<T | null> => (await rows<T>(sql, values))[0] ?? null;

  return {
    id: randomUUID(),
    products: () => rows('select id, name, notes, cents, stock, shape, hue from products order by id'),
    product: (id) => row('select * from products where id = $1', [id]),
    profile: (id) =>
      row(
        `select id, name, email, city, to_char(member_since, 'YYYY-MM-DD') as "memberSince", beans from users where id = $1`,
        [id],
      ),
    async configuration() {
      const [first] = await rows<{ document: Configuration }>('select document from configuration');
      if (first === undefined) throw new Error('The table configuration is empty.');
      return first.document;
    },
    async price(id) {
      const found = await row<Omit<Price, 'changedAt'> & { changedAt: Date }>(
        'select id, name, cents, changed_at as "changedAt" from prices where id = $1',
        [id],
      );
      return found && { ...found, changedAt: found.changedAt.toISOString() };
    },
    saveProduct: (id, { name, cents, stock }) =>
      row(
        `update products set name = coalesce($2, name), cents = coalesce($3, cents), stock = coalesce($4, stock)
         where id = $1 returning *`,
        [id, name ?? null, cents ?? null, stock ?? null],
      ),
    async close() {
      clearInterval(market);
      await postgres.close();
    },
  };
}

/** The market moves each second, by up to 1.5 %, and is drawn back to where it began. */
async function walk(postgres: PGlite): Promise<void> {
  if (postgres.closed) return;
  await postgres.exec(
    'update prices set cents = round(cents * (0.985 + 0.03 * random()) + (742 - cents) * 0.04), changed_at = now()',
  );
}
