import type { Place } from './database-name.js';
import { databaseName } from './database-name.js';

/** Who is there, by the locks that the tabs of a place hold while they can run. */
export interface LiveTabs {
  /** This tab's name, which is its lock's. */
  readonly own: string;
  enter(): void;
  leave(): void;
  /** The others that hold a lock. The browser takes it from a tab that was closed or has crashed. */
  others(): Promise<string[]>;
}

/** @param locks none in pages without a secure origin: then `others` rejects */
export function createLiveTabs(place: Place, locks: LockManager | null | undefined): LiveTabs {
  // As JSON no name of a place can be mistaken for the beginning of another.
  const prefix = `${JSON.stringify([databaseName(place)]).slice(0, -1)},`;
  const own = `${prefix}${Math.random()}]`;
  let leave = () => {};
  return {
    own,
    enter() {
      leave();
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      // Requested rather than held: what is granted after we have left ends at once.
      void (async () => locks?.request(own, () => left))().catch(() => {});
    },
    leave: () => leave(),
    async others() {
      if (!locks) throw new Error('There are no locks.');
      const { held = [] } = await locks.query();
      return held.flatMap(({ name = '' }) => (name.startsWith(prefix) && name !== own ? [name] : []));
    },
  };
}
