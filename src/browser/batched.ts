/**
 * Collects the items of one tick and runs them together.
 *
 * With a `limit`, at most so many go at once, and the next ones only when the ones before are done: what comes
 * meanwhile is collected, so that a busy database gets fewer and larger transactions.
 *
 * @param run answers in the order of its items; a rejection rejects all of them
 */
export function batched<I, O>(run: (items: I[]) => Promise<O[]>, limit?: number): (item: I) => Promise<O> {
  let items: I[] = [];
  let answers: Promise<O[]> | undefined;
  let before: Promise<unknown> = Promise.resolve();
  return async (item) => {
    if (answers === undefined || items.length === limit) {
      const batch: I[] = [];
      items = batch;
      answers = before.then(() => {
        if (items === batch) answers = undefined; // it is closed
        return run(batch);
      });
      if (limit !== undefined) before = answers.catch(() => {});
    }
    const place = items.push(item) - 1;
    return (await answers)[place] as O;
  };
}
