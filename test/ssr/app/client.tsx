import { StrictMode } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { createBrowserCache } from '../../../src/browser/index.js';
import { CacheProvider } from '../../../src/react/index.js';
import { App, type Load } from './app.js';
import { Document } from './document.js';

const load: Load = (name) => async () => {
  const response = await fetch(`/api/${name}`);
  return { text: `${await response.text()} from the API`, madeAt: new Date(0), counts: new Map() };
};

const cache = createBrowserCache({ name: 'ssr-test' });
Object.assign(globalThis, { cache });
hydrateRoot(
  document,
  <StrictMode>
    <CacheProvider cache={cache}>
      <Document>
        <App load={load} />
      </Document>
    </CacheProvider>
  </StrictMode>,
);
