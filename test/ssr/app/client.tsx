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
/** What each panel has shown, from before the page is hydrated on: mutations are told before anything is painted. */
const sightings: Record<string, string[]> = {};
/** The elements in which it was shown first. */
const firsts: Record<string, Element> = {};
Object.assign(globalThis, { cache, sightings, firsts });

const note = () => {
  for (const button of document.querySelectorAll('button')) {
    const shown = button.textContent ?? '';
    firsts[button.id] ??= button;
    sightings[button.id] ??= [];
    if (sightings[button.id]?.at(-1) !== shown) sightings[button.id]?.push(shown);
  }
};
note();
new MutationObserver(note).observe(document, { subtree: true, childList: true, characterData: true });

// An application that reads early: from the disk, what may be newer than the page.
const reading = new URLSearchParams(location.search).getAll('early').map((name) => cache.get([name], load(name)));
void Promise.all(reading).then(() =>
  hydrateRoot(
    document,
    <StrictMode>
      <CacheProvider cache={cache}>
        <Document>
          <App load={load} />
        </Document>
      </CacheProvider>
    </StrictMode>,
  ),
);
