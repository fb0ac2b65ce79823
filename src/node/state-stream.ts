import { Transform } from 'node:stream';
import { codec, escapeForScript } from '../codec/codec.js';
import { UnstorableError } from '../errors.js';

/** Gives what is to be sent with the page, each entry once: the cache of the request. */
export interface StateSource {
  dehydrateNew(): readonly unknown[];
}

/** As `StreamedCache` renders it. React escapes `<` in all it renders, so that nobody's text can look like it. */
const PLACE = '<script type="application/json" data-cache-aside=""></script>';

/** Follows what React writes in one go. */
const END_OF_BURST = Symbol('end of burst');

/**
 * Stands between `renderToPipeableStream` and the response: `pipe(createStateStream(cache)).pipe(response)`. Before the HTML of
 * each boundary it puts the entries which the request has read since the last one, as a `<script type="application/json">`:
 * data that no browser executes, so a Content-Security-Policy needs to allow nothing. Those of the page without its boundaries go
 * where `StreamedCache` is.
 *
 * It cuts only where React has ended writing, which React tells (for the sake of compression) by calling `flush`:
 * chunks may end within a tag or a character.
 */
export function createStateStream(cache: StateSource): Transform {
  let shell: Buffer[] | undefined = [];
  let isBetween = true;
  let shellSentAt = 0;

  const sendShell = (chunks: Buffer[]): void => {
    shell = undefined;
    shellSentAt = performance.now();
    stream.push(insertState(Buffer.concat(chunks).toString(), cache));
  };

  const stream = new Transform({
    writableObjectMode: true,
    transform(chunk: Buffer | string | typeof END_OF_BURST, encoding, done) {
      if (chunk === END_OF_BURST) {
        if (shell !== undefined && shell.length > 0) sendShell(shell);
        isBetween = true;
      } else if (shell !== undefined) {
        shell.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
      } else {
        const entries = isBetween ? cache.dehydrateNew() : [];
        isBetween = false;
        if (entries.length > 0) stream.push(scriptOf(entries, performance.now() - shellSentAt));
        stream.push(chunk);
      }
      done();
    },
    flush(done) {
      if (shell !== undefined && shell.length > 0) sendShell(shell);
      done();
    },
  });
  return Object.assign(stream, {
    flush() {
      if (stream.writable) stream.write(END_OF_BURST);
    },
  });
}

/** Puts what the request has read into HTML that was rendered as a whole, where `StreamedCache` is; else at its end. */
export function insertState(html: string, cache: StateSource): string {
  const entries = cache.dehydrateNew();
  if (entries.length === 0) return html;
  const at = html.indexOf(PLACE);
  const [before, after] = at < 0 ? [html, ''] : [html.slice(0, at), html.slice(at + PLACE.length)];
  return before + scriptOf(entries, 0) + after;
}

/** @param sentAfter ms since the page began to be sent, so that the browser knows how long the entries were under way */
function scriptOf(entries: readonly unknown[], sentAfter: number): string {
  const text = escapeForScript(textOf(entries));
  return `<script type="application/json" data-cache-aside="${Math.round(sentAfter)}">${text}</script>`;
}

/** What cannot be written is left out, and so loaded again by the browser: it must not take the page along. */
function textOf(entries: readonly unknown[]): string {
  try {
    return codec.serialize(entries);
  } catch {
    return codec.serialize(entries.filter(canBeWritten));
  }
}

function canBeWritten(entry: unknown): boolean {
  try {
    codec.serialize(entry);
    return true;
  } catch (error) {
    console.error(new UnstorableError('page', String((entry as { hash?: unknown }).hash), error));
    return false;
  }
}
