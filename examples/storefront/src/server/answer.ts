/** What the server says to one request. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Only cache-aside keeps these: an HTTP cache beside it would know nothing of invalidations. */
export const NO_STORE = { 'cache-control': 'no-store' };

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...NO_STORE, ...headers },
    body: JSON.stringify(value),
  };
}

export const notFound = (what: string): Answer => json(404, { message: `There is no ${what}.` });
