import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
const LONGEST = 6_000;
let said = '';
let timer: ReturnType<typeof setTimeout> | undefined;

function say(text: string): void {
  said = text;
  for (const listener of listeners) listener();
}

/** Says something to whoever looks or listens, for a while. */
export function announce(text: string): void {
  clearTimeout(timer);
  say(text);
  timer = setTimeout(() => say(''), LONGEST);
}

export function useAnnouncement(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
    () => '',
  );
}
