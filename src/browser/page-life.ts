export interface PageLife {
  /** The page is put aside: until it returns it must hold nothing that others could wait for. */
  leave(): void;
  /** It is back, if it was away. */
  enter(): void;
  /** It may have been suspended, so that what came meanwhile may be lost. */
  gap(): void;
}

/** Ms between looks at the clock. Browsers let hidden pages do it once a second, and after some minutes once a minute. */
const PULSE = 1_000;
/** A page that did not get to it for so long may have been suspended without being told. */
const LONGEST_PAUSE = 2_500;

/**
 * Follows a page into the back/forward cache and out of it, into a freeze and out of it, and notices where it was
 * suspended without an event: browsers do not agree on which they fire (https://github.com/whatwg/html/issues/12070).
 *
 * @returns a function that ends it
 */
export function followPage({ leave, enter, gap }: PageLife): () => void {
  const stop = new AbortController();
  let isAway = false;
  let seenAt = Date.now();

  const goAway = (): void => {
    isAway = true;
    leave();
  };
  const comeBack = (): void => {
    isAway = false;
    enter();
    gap();
  };
  const look = (): void => {
    const now = Date.now();
    if (Math.abs(now - seenAt) > LONGEST_PAUSE) gap();
    seenAt = now;
  };

  // On the way down from the window: the page's own listeners, also those that came first, read after ours have run.
  const listen = (type: string, listener: () => void): void =>
    globalThis.addEventListener?.(type, listener, { capture: true, signal: stop.signal });
  listen('pagehide', goAway);
  listen('pageshow', () => isAway && comeBack()); // not when it is shown for the first time
  listen('freeze', goAway);
  listen('resume', comeBack);
  listen('visibilitychange', look);
  const pulse = setInterval(look, PULSE);
  (pulse as { unref?: () => void }).unref?.(); // Node would not end because of it

  return () => {
    stop.abort();
    clearInterval(pulse);
  };
}
