import type { Clock } from '../../src/index.js';
import { KEYS } from './names.js';

/** Where a load asks. */
export type Side = 'primary' | 'replica';

/** What plays the database: a primary, and a replica that has each write somewhat later. */
export class Source {
  isDown = false;
  readonly #clock: Clock;
  readonly #versions: Record<Side, number[]> = { primary: KEYS.map(() => 1), replica: KEYS.map(() => 1) };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(key: number, side: Side = 'primary'): number {
    return this.#versions[side][key] ?? 0;
  }

  /** @param lag ms after which the replica has it, with all that was committed before it */
  commit(key: number, lag = 0): number {
    const { primary, replica } = this.#versions;
    const version = this.read(key) + 1;
    primary[key] = version;
    const arrive = () => {
      replica[key] = Math.max(version, this.read(key, 'replica'));
    };
    if (lag === 0) arrive();
    else this.#clock.after(lag, arrive);
    return version;
  }
}
