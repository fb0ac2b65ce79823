import { OptionError } from '../errors.js';

/** What separates one browser cache from another: `scope` is the user or tenant whose entries these are. */
export interface Place {
  /** The application's name for this cache. */
  readonly name: string;
  /** Whose entries these are. Each scope has a database and a channel of its own. @default none */
  readonly scope?: string | undefined;
}

/**
 * One spelling for the database and the channel of a place; different places have different spellings.
 *
 * @throws {OptionError} for a name or a scope that is no string
 */
export function databaseName({ name, scope }: Place): string {
  return `cache-aside:${spell('name', name)}${scope === undefined ? '' : `:${spell('scope', scope)}`}`;
}

/** Without a colon of its own a part can't be mistaken for two. */
function spell(option: string, part: string): string {
  if (typeof part !== 'string') throw new OptionError(option, part, "a string, such as 'shop' or a user's id");
  return part.replace(/[%:]/g, encodeURIComponent);
}
