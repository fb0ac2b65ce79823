/** What a test sends through the browser's debugging protocol, to break its storage. */
export interface Session {
  send(method: string, parameters: Record<string, unknown>): Promise<unknown>;
}
