/** Without the options that are there but undefined, which must not hide the defaults. */
export function defined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
