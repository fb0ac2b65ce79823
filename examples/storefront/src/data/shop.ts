/** What the shop sells. Prices are in cents. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly notes: string;
  readonly description: string;
  readonly cents: number;
  readonly stock: number;
  readonly shape: 'bag' | 'cup' | 'dripper' | 'grinder' | 'kettle' | 'jar';
  readonly hue: number;
}

export type ProductSummary = Omit<Product, 'description'>;

/** What the shop's keeper may change. */
export type ProductPatch = Partial<Pick<Product, 'name' | 'cents' | 'stock'>>;

export interface Profile {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly city: string;
  readonly memberSince: string;
  readonly beans: number;
}

export interface Configuration {
  readonly shop: string;
  readonly notice: string;
  readonly currency: string;
  readonly freeShippingFrom: number;
  readonly deliveryDays: string;
}

export interface Price {
  readonly id: string;
  readonly name: string;
  readonly cents: number;
  readonly changedAt: string;
}

/** The kinds of data that go through the caches. */
export type Kind = 'products' | 'product' | 'profile' | 'configuration' | 'price';

/** Where the server's cache had a value: its own memory, Redis, or nowhere, so that the database was read. */
export type Origin = 'memory' | 'redis' | 'source';

/** How often each kind was read, by where the value was. */
export type Stats = Record<Kind, Record<Origin, number>>;

/** The customer who is signed in: a demo has one. */
export const CUSTOMER = 1;
