/** The page of a product. Whoever chose to have pages rendered by the browser keeps that. */
export function productPath(id: number, search = ''): string {
  return `/products/${id}${search}`;
}

/** Which product a page shows: the first one on the shop's front page. */
export function productOf(path: string): number {
  const id = Number(/^\/products\/(\d{1,9})$/.exec(path)?.[1] ?? 1);
  return id > 0 ? id : 1;
}
