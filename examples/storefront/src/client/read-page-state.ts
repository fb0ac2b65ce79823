import { type PageState, STATE_ELEMENT } from '../data/page-state.js';

/** What the server sent along; undefined in the shell that the service worker has kept. */
export function readPageState(): PageState | undefined {
  const text = document.getElementById(STATE_ELEMENT)?.textContent ?? '';
  return text === '' ? undefined : (JSON.parse(text) as PageState);
}
