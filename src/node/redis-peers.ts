/** The other processes: up to which message we have heard each of them, and who lives. */
export interface Peers {
  /** They have said something. @returns whether they were known */
  meet(from: string): boolean;
  /** A numbered message of theirs has come. */
  hear(from: string, n: number): void;
  /** They say that `n` was their last. @returns whether one is missing, which is taken as told from now on */
  settle(from: string, n: number): boolean;
  /** Whether everything up to `n` has come; `undefined` if we cannot tell. */
  hasAll(from: string, n: number): boolean | undefined;
  /** Resolves when it has, or after `ms`. */
  untilAll(from: string, n: number, ms: number): Promise<void>;
  /** They have told that they end. */
  leave(from: string): void;
  /** Whom we have heard of lately. */
  living(): string[];
  /** We have missed messages, so no number is known any more. */
  forgetNumbers(): void;
}

interface Peer {
  /** Up to which number we have heard everything; `undefined` if we cannot tell. */
  upTo: number | undefined;
  /** What came before its turn. */
  readonly early: Set<number>;
  heardAt: number;
}

/** For so many silences numbers are kept: who was only slow may have lost a message meanwhile. */
const REMEMBERED = 8;

/** @param silence ms after which who says nothing has ended */
export function createPeers(silence: number): Peers {
  const peers = new Map<string, Peer>();
  const waiting = new Set<() => void>();

  const heard = (from: string): Peer => {
    const peer = peers.get(from) ?? { upTo: undefined, early: new Set(), heardAt: 0 };
    peer.heardAt = performance.now();
    peers.set(from, peer);
    return peer;
  };

  const hasAll = (from: string, n: number): boolean | undefined => {
    const upTo = n === 0 ? 0 : peers.get(from)?.upTo;
    return upTo === undefined ? undefined : upTo >= n;
  };

  return {
    meet(from) {
      const known = peers.has(from);
      heard(from);
      return known;
    },
    hear(from, n) {
      const peer = heard(from);
      peer.upTo ??= n;
      if (n > peer.upTo) peer.early.add(n);
      while (peer.early.delete(peer.upTo + 1)) peer.upTo++;
      for (const check of waiting) check();
    },
    settle(from, n) {
      const peer = heard(from);
      const missing = peer.upTo !== undefined && peer.upTo < n;
      peer.upTo = Math.max(peer.upTo ?? 0, n);
      for (const one of peer.early) if (one <= peer.upTo) peer.early.delete(one);
      return missing;
    },
    hasAll,
    untilAll: (from, n, ms) =>
      new Promise((resolve) => {
        const check = () => {
          if (hasAll(from, n) === false) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(check);
          resolve();
        }, ms).unref();
        waiting.add(check);
        check();
      }),
    leave: (from) => peers.delete(from),
    living() {
      const now = performance.now();
      for (const [from, { heardAt }] of peers) if (now - heardAt > silence * REMEMBERED) peers.delete(from);
      return [...peers].filter(([, { heardAt }]) => now - heardAt <= silence).map(([from]) => from);
    },
    forgetNumbers() {
      for (const peer of peers.values()) {
        peer.upTo = undefined;
        peer.early.clear();
      }
    },
  };
}
