import type { IncomingMessage } from 'node:http';

const LONGEST = 10_000;

/** The body as text; undefined if it is too long. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST) chunks.push(chunk);
  }
  return length <= LONGEST ? Buffer.concat(chunks).toString('utf8') : undefined;
}
