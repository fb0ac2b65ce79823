/** Whether a function of the application has answered by a promise: what it answers at once is not to wait a turn. */
export function isPromise<V>(value: V | PromiseLike<V>): value is PromiseLike<V> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
