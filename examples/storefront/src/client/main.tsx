import { createBrowserCache } from 'cache-aside/browser';
import { CacheProvider } from 'cache-aside/react';
import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { CUSTOMER } from '../data/shop.js';
import { keepLog } from '../page/cache-log.js';
import { Page } from '../page/page.js';
import { origins } from '../page/use-resource.js';
import { keepShell } from './keep-shell.js';
import { readPageState } from './read-page-state.js';
import { isNewDatabase } from './remember-database.js';

const cache = createBrowserCache({ name: 'storefront', scope: `customer-${CUSTOMER}` });
keepLog(cache);

const state = readPageState();
if (state !== undefined) {
  if (isNewDatabase(state.database)) await cache.invalidate({ all: true });
  for (const [hash, origin] of Object.entries(state.origins)) origins.set(hash, origin);
  cache.hydrate(state.entries);
}

const root = document.querySelector('#page');
if (root === null) throw new Error('The page has no place for its content.');
const isRendered = root.firstElementChild !== null;
const page = (
  <StrictMode>
    <CacheProvider cache={cache}>
      <Page path={location.pathname} renderedBy={isRendered ? 'server' : state === undefined ? 'shell' : 'browser'} />
    </CacheProvider>
  </StrictMode>
);
if (isRendered) hydrateRoot(root, page);
else createRoot(root).render(page);

keepShell();
