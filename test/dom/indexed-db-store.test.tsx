import { indexedDbStoreCases } from '../support/indexed-db-store-cases.js';

indexedDbStoreCases();
