export type { Cache, CacheOptions, CacheStats } from './cache/cache.js';
export { createCache } from './cache/create-cache.js';
export type { Arrivals, DehydratedEntry, DehydrateOptions } from './cache/hydrate.js';
export { type Auditor, type AuditorOptions, auditor } from './cache/inspecting/auditor.js';
export type { Explanation } from './cache/inspecting/explain.js';
export type {
  GetOptions,
  Invalidated,
  InvalidateOptions,
  MutateOptions,
  OptimisticChange,
  Populated,
  SetOptions,
} from './cache/options.js';
export type { Target } from './cache/target.js';
export { type LowerTier, tierOf } from './cache/tier-of.js';
export type { RetryOptions } from './cache/watching/retrying.js';
export type { TriggerOptions } from './cache/watching/triggers.js';
export type { ErrorView, SuccessView, View, WaitingView } from './cache/watching/view.js';
export type { Watch, WatchOptions } from './cache/watching/watch-options.js';
export type { Repository, RepositoryDefinition, WriteStrategy } from './cache/writing/repository.js';
export type { Bus, BusListener } from './contracts/bus.js';
export type { Clock } from './contracts/clock.js';
export type { EntryRecord, Windows } from './contracts/entry-record.js';
export type { Invalidation } from './contracts/invalidation.js';
export type { LoadContext, Loader } from './contracts/loader.js';
export type { Serializer } from './contracts/serializer.js';
export type {
  Adopted,
  AdoptingStore,
  Commit,
  ExplainingStore,
  Failure,
  HoldingStore,
  Lookup,
  Store,
  Ticket,
} from './contracts/store.js';
export {
  CacheError,
  ClosedError,
  CoolDownError,
  isCacheError,
  KeyError,
  LoadTimeoutError,
  LostLoadError,
  OptionError,
  OvertakenLoadError,
  ReentrantLoadError,
  StoreError,
  UnstorableError,
  WriteBehindError,
} from './errors.js';
export type { AuditTrace, CacheEvent, CacheEventListener, CacheEventType } from './events/events.js';
export type { Duration } from './freshness/duration.js';
export { presets } from './freshness/presets.js';
export type { Freshness, Phase } from './freshness/timeline.js';
export { hashKey, type Key, type KeyPart } from './key.js';
