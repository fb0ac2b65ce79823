/** Completes what was requested, and resolves when that is done. A request that fails tells by the abort what has failed. */
export function complete(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    transaction.commit?.(); // else a tab that is frozen now would hold it open
  });
}
