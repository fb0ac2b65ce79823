import { libraryCases } from '../support/library-cases.js';

libraryCases('nextjs');
