import { useSyncExternalStore } from 'react';

const never = () => () => {};

/** False on the server and while its page is being hydrated: what only the browser knows comes after. */
export function useMounted(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
