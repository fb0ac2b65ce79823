import type { Fence } from '../../coherence/fence.js';
import type { Clock } from '../../contracts/clock.js';
import type { Loader } from '../../contracts/loader.js';
import { checkFunction } from '../../errors.js';
import type { Events } from '../../events/events.js';
import { hashKey, type Key } from '../../key.js';
import type { Entry } from '../../tiers/entry.js';
import type { Memory } from '../../tiers/memory.js';
import type { SharedTier } from '../../tiers/shared-tier.js';
import type { OptimisticChange } from '../options.js';
import type { Flights } from '../reading/flights.js';
import type { Reader } from '../reading/read.js';
import { invalidationOf, type Target } from '../target.js';
import { createFirstViews } from './first-views.js';
import type { Followed, Subscriber } from './followed.js';
import { createFollowing } from './following.js';
import { type Added, createLayers } from './layers.js';
import { createPins } from './pins.js';
import { createPreloads } from './preloads.js';
import { retrying } from './retrying.js';
import type { Seed } from './seed.js';
import { createTriggers, type Triggers } from './triggers.js';
import { foundOf, IDLE, LOADING, serverViewOf, type View, waitingView } from './view.js';
import type { Watch, WatchOptions } from './watch-options.js';

export interface WatchParts {
  readonly memory: Memory;
  readonly flights: Flights;
  readonly reader: Reader;
  readonly clock: Clock;
  readonly events: Events;
  readonly seed: Seed;
  /** Takes in what has arrived with the page meanwhile. */
  readonly arrived: (hash: string) => unknown;
  readonly random: () => number;
  readonly fence: Fence;
  /** If there is a tier below memory, the first thing to do is to ask it. */
  readonly tier: SharedTier | undefined;
}

export interface Watches {
  watch(key: Key | null, loader: Loader<unknown>, options: WatchOptions | undefined): Watch<unknown>;
  /** Lays changes over what is shown. */
  optimistic(changes: readonly OptimisticChange[]): Added;
  /** Resolves when what is followed and reached by the target has been read again, or could not be. */
  reloaded(target: Target): Promise<void>;
  /** Notes what the page's HTML shows. */
  pin(entries: readonly { readonly hash: string; readonly value: unknown }[]): void;
}

export function createWatches(parts: WatchParts): Watches {
  const { memory, reader, clock, seed, arrived, fence } = parts;
  const pins = createPins();
  const waiting = waitingView(parts.tier !== undefined);

  const firstViewOf = createFirstViews({ clock, over: (hash, data) => layers.over(hash, data) });

  const layers = createLayers({
    now: () => fence.now,
    changed(hash) {
      const one = following.all.get(hash);
      if (one !== undefined) following.update(one);
    },
    awaits: (hash) => following.all.get(hash)?.untrue === true,
  });
  const following = createFollowing({ ...parts, layers, firstViewOf, waiting });

  const preloads = createPreloads(following, clock);

  const watch: Watches['watch'] = (key, loader, options) => {
    if (key === null) return NOTHING;
    const hash = hashKey(key);
    const asked = { loader, options };
    const triggersOf = new Set<Triggers>();
    /** Whether it could load that has just left, and may come back in one go: that is no mount. */
    let left: boolean | undefined;
    const own = () => asked.options;
    const mayLoad = () => own()?.enabled !== false;
    const tries = retrying(() => asked.loader, own, parts);
    const load = () => {
      checkFunction('loader', asked.loader);
      return tries;
    };
    // An option that cannot work is an error of the view.
    const read = async (signal: AbortSignal, again: boolean) =>
      again
        ? reader.reload('revalidate', key, load(), { ...own(), signal })
        : reader.get(key, load(), { ...own(), signal });
    /** Initial data, made once. */
    let seeded: { entry: Entry | undefined } | undefined;
    const initial = () => {
      seeded ??= { entry: seed.entryOf(key, own()) };
      return seeded.entry && seed.isTrue(seeded.entry) ? seeded.entry : undefined;
    };
    const found = () => reader.peek(key) ?? (memory.find(hash) === undefined ? initial() : undefined);
    let server: View = LOADING;
    /** What stands in the page's HTML. */
    let pinned: View | undefined;

    /** Whether a new subscriber loads it, though it may be shown. */
    const isWanted = (entry: Entry): boolean => {
      const { revalidateOnMount = true } = own() ?? {};
      if (!mayLoad() || !revalidateOnMount || preloads.has(hash)) return false;
      return revalidateOnMount === 'always' || entry.phaseAt(clock.now()) !== 'fresh' || following.hasFailed(entry);
    };

    const follow = (listener: () => void): [Followed, Subscriber] => {
      const first = initial();
      const planted = first && memory.find(hash) === undefined ? seed.plant(first) : undefined;
      const subscriber = { listener, options: own, read };
      const shows = reader.peek(key) ?? planted;
      const one = following.follow(hash, subscriber, shows, shows !== undefined && isWanted(shows));
      // What the page shows stays until its successor is there, though it is too old to be answered, or was invalidated.
      if (pinned && one.shown === undefined) {
        const { data, updatedAt, source } = pinned;
        Object.assign(one, { shown: { data, updatedAt, source }, value: data, untrue: true });
      }
      return [one, subscriber];
    };

    const refresh = () => {
      const refreshing = (async () => reader.reload('refresh', key, load(), own()))();
      refreshing.catch(() => {}); // who does not wait for it, like the handler of a button, sees it in the view, if anywhere
      const one = following.all.get(hash);
      if (one !== undefined) following.take(one, refreshing);
      return refreshing;
    };

    /** For no caller: until nobody follows it. Its error is one of the view. */
    const revalidate = (one: Followed) => following.take(one, read(one.leaving.signal, true));

    return {
      key,
      read() {
        const one = following.all.get(hash);
        if (one !== undefined) return one.view.status === 'idle' && mayLoad() ? waiting : one.view;
        const entry = found();
        return entry ? firstViewOf(entry, isWanted(entry)) : mayLoad() ? waiting : IDLE;
      },
      readServer() {
        // Whatever memory has: what arrives with the page is pinned, newer or not.
        if (pins.isHydrated && !pins.has(hash)) arrived(hash);
        pinned = pins.get(hash);
        if (pinned !== undefined) return pinned;
        const one = following.all.get(hash);
        const shown = one?.shown ?? (found() && foundOf(found() as Entry));
        const none = mayLoad() ? LOADING : IDLE;
        if (shown === undefined || (pins.isHydrated && shown.source !== 'initial')) return none;
        if (server.status !== 'success' || server.data !== shown.data) server = serverViewOf(shown.data);
        return server;
      },
      subscribe(listener) {
        let triggers: Triggers | undefined;
        const isKnown = following.all.has(hash);
        const [one, subscriber] = follow(() => {
          listener();
          triggers?.changed();
        });
        const { revalidateOnMount = true } = own() ?? {};
        const isHeld = preloads.has(hash) && one.shown !== undefined;
        const isWanted = !isKnown || one.entry === undefined || one.view.isStale || one.error !== undefined;
        if (!mayLoad() || isHeld || left) following.update(one);
        else if (revalidateOnMount === 'always') revalidate(one);
        else if (one.shown === undefined || one.untrue || (isWanted && revalidateOnMount)) following.start(one);
        else following.update(one);
        if (mayLoad()) {
          triggers = createTriggers({
            clock,
            options: own,
            view: () => one.view,
            revalidate: (always) => (always ? revalidate(one) : following.start(one)),
          });
          triggersOf.add(triggers);
        }
        return () => {
          triggers?.stop();
          if (triggers) triggersOf.delete(triggers);
          left = triggers !== undefined;
          queueMicrotask(() => {
            left = undefined;
          });
          following.leave(one, subscriber);
        };
      },
      configure(newLoader, newOptions) {
        asked.loader = newLoader as Loader<unknown>;
        asked.options = newOptions;
        for (const triggers of triggersOf) triggers.changed();
      },
      refresh,
      preload: () => preloads.begin(hash, follow),
      isHeld: () => preloads.hasBegun(hash),
      release: () => preloads.release(hash),
    };
  };

  return {
    watch,
    optimistic: (changes) => layers.add(changes),
    async reloaded(target) {
      const invalidation = invalidationOf(target, false);
      const reached = [...following.all.values()].filter((one) => following.reaches(invalidation, one));
      await Promise.all(reached.map(({ reading }) => reading));
    },
    pin: pins.add,
  };
}

/** A watch without a key. */
const NOTHING: Watch<unknown> = {
  key: null,
  read: () => IDLE,
  readServer: () => IDLE,
  subscribe: () => () => {},
  configure: () => {},
  refresh() {
    const refused = Promise.reject(new TypeError('No key: nothing to refresh.'));
    refused.catch(() => {}); // as above
    return refused;
  },
  preload: () => Promise.resolve(),
  isHeld: () => false,
  release: () => {},
};
