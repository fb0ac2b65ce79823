import { expect, it } from 'vitest';
import { indexedDbStoreCases } from '../support/indexed-db-store-cases.js';

it('runs on a real IndexedDB', () => {
  expect(indexedDB.constructor.toString()).toContain('[native code]');
});

indexedDbStoreCases();
