/**
 * Whether what was read has the shape it was written with: the same fields of the same types. Disks, channels and
 * other code of the origin may have changed it.
 */
export function isLike<T>(read: unknown, like: T): read is T {
  if (typeof like !== 'object') return typeof read === typeof like && !Number.isNaN(read);
  if (Array.isArray(like)) return Array.isArray(read) && read.every((member) => isLike(member, like[0]));
  return isFields(read) && isFields(like) && Object.keys(like).every((name) => isLike(read[name], like[name]));
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
