interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Collects the items of one tick and runs them together.
 *
 * With a `limit`, at most so many go at once, and the next ones only when the ones before are done: what comes
 * meanwhile is collected, so that a busy database gets fewer and larger transactions.
 *
 * @param run answers in the order of its items; a rejection rejects all of them
 */
export function batched<I, O>(run: (items: I[]) => Promise<O[]>, limit?: number): (item: I) => Promise<O> {
  const waiting: Waiting<I, O>[] = [];
  let collecting = false;

  const settle = async (batch: Waiting<I, O>[]): Promise<void> => {
    try {
      const answers = await run(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as O);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  const flush = async (): Promise<void> => {
    while (limit !== undefined && waiting.length > 0) await settle(waiting.splice(0, limit));
    collecting = false;
    if (limit === undefined) await settle(waiting.splice(0));
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (collecting) return;
      collecting = true;
      queueMicrotask(() => void flush());
    });
}
