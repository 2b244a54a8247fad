export type { SessionEvent } from './events.ts'
export { PieceTrees } from './hashes/piece-trees.ts'
export type { PlacedPiece } from './hashes/piece-trees.ts'
export type { AlternativeLimitsOptions, AlternativeUse } from './limit/alternative-limits.ts'
export type { CountedBytes } from './limit/peer-limits.ts'
export type { RatePair } from './limit/session-limits.ts'
export type { ChokeCandidate, ChokeChoice, ChokeRound, ChokingPolicy } from './upload/choking-policy.ts'
export type { WeeklySpan } from './limit/weekly-schedule.ts'
export type {
  AddOptions,
  CheckMode,
  Preallocation,
  SessionOptions,
  SessionParts,
  TorrentSource,
  XetOptions,
} from './options.ts'
export type { DiskStats } from '@ccbt/disk-io'
export type { EncryptionPolicy } from './peer/encryption-policy.ts'
export type { PeerTracer } from './peer/message-trace.ts'
export { bindAddresses } from './peer/session-sockets.ts'
export type { TransportChoice } from './peer/session-sockets.ts'
export type { ProxiedTraffic, ProxyOptions } from './proxying.ts'
export type { Channel, ChannelOptions } from './publish/channel.ts'
export type { QueuePlace } from './queue/torrent-queue.ts'
export type { QueueLimits, QueueMove } from './queue/torrent-queue.ts'
export { createSession } from './session/session.ts'
export type { Command, CommandResult, ContentCommand, Session, TorrentHandle } from './session/types.ts'
export type {
  FileSnapshot,
  MetadataSnapshot,
  PeerSnapshot,
  SessionSnapshot,
  SessionSummary,
  SessionStatistics,
  TorrentPhase,
  SourceSnapshot,
  TorrentSnapshot,
  TorrentSummary,
  TrackerSnapshot,
  WastedBytes,
  WebSeedSnapshot,
} from './snapshot.ts'
export { optionChanges } from './torrent/option-changes.ts'
export type { FollowingTorrent } from './torrent/option-changes.ts'
export type { SessionObserver } from './stats/observer.ts'
export type { PeerCount, Traffic } from './stats/traffic.ts'
export { isRecord, replaceStateFile } from './state-file.ts'
export { createSystemRandom, systemClock } from './system.ts'
export { filesByPatterns, matchesFile } from './torrent/file-patterns.ts'
export type { FilePatterns, PatternFile } from './torrent/file-patterns.ts'
export { recordOfForeignData } from './torrent/foreign-data.ts'
export type { ForeignData } from './torrent/foreign-data.ts'
export type { SeedingGoalAction, SeedingGoalKind } from './torrent/seeding-goal.ts'
export type { FileRange } from './download/streams.ts'
export type { PieceStrategy } from './torrent/strategy.ts'
export { searchContent } from './xet/content-search.ts'
export type { ContentSearch } from './xet/content-search.ts'
export { fetchContent } from './xet/content-fetch.ts'
export type { ContentRequest } from './xet/content-fetch.ts'
export { FileRoot } from './xet/file-root.ts'
export type { ContentNetwork } from './xet/content-network.ts'
