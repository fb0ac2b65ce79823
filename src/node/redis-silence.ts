export interface Silence {
  /** Runs what asks the server, and notes whether it answers. */
  listen<T>(ask: () => Promise<T>): Promise<T>;
  close(): void;
}

/**
 * Notices that a server answers nothing any more though its connection stands: a machine that died, or a firewall that
 * forgot it, says no goodbye, and the system goes on trying for a quarter of an hour. Errors are no answers here: a
 * library's own cannot be told from the server's, and another connection does no harm.
 *
 * @param ms for which it may say nothing  @param renew makes another connection
 */
export function createSilence(ms: number, renew: () => void): Silence {
  let silentSince: number | undefined;
  const watching = setInterval(() => {
    if (silentSince === undefined || performance.now() - silentSince < ms) return;
    silentSince = undefined;
    renew();
  }, ms / 2).unref();
  return {
    async listen(ask) {
      silentSince ??= performance.now();
      const answer = await ask();
      silentSince = undefined;
      return answer;
    },
    close: () => clearInterval(watching),
  };
}
