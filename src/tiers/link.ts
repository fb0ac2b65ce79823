/** A link of a ring. */
export class Link {
  next: Link = this;
  before: Link = this;

  linkBefore(other: Link): void {
    this.before = other.before;
    this.next = other;
    other.before.next = this;
    other.before = this;
  }

  /** A link that is out is a ring of its own. */
  unlink(): void {
    this.before.next = this.next;
    this.next.before = this.before;
    this.next = this;
    this.before = this;
  }
}
