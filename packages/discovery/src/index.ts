export type { Resolve } from './address-guard.ts'
export { createAnnouncer } from './tracker/announcer.ts'
export type { AnnouncerOptions, TrackerAnnouncer, TrackerEvent } from './tracker/announcer.ts'
export type { AnnounceFacts } from './tracker/family-announcer.ts'
export type { PeerAddress } from './peer-address.ts'
export type { PeerSink } from './peer-source.ts'
export { createTrackerClient } from './tracker/tracker-client.ts'
export type { TrackerClientOptions } from './tracker/tracker-client.ts'
export type { RouteStatus, TrackerStatus } from './tracker/tracker-status.ts'
export { createTrackerServer } from './tracker/tracker-server.ts'
export type { TrackerServer, TrackerServerOptions } from './tracker/tracker-server.ts'
export type {
  AnnounceEvent,
  AnnounceStats,
  ScrapeCounts,
  TrackerClient,
  TrackerRequest,
  TrackerResponse,
} from './tracker/tracker.ts'
export { createDht } from './dht/dht.ts'
export type { Dht, DhtFamilyStats, DhtStats, LookupReport, TorrentLookup } from './dht/dht.ts'
export type { DhtErrorCode } from './dht/errors.ts'
export type { DhtOptions } from './dht/options.ts'
export type { LookupPace } from './dht/lookup-queue.ts'
export type { SavedFamily, SavedNodes } from './dht/saved-nodes.ts'
export type { Counters as DhtCounters } from './dht/counters.ts'
export { immutableItem, mutableTarget, signItem, targetOf, verifyItem } from './dht/items/item.ts'
export type { ImmutableItem, Item, ItemToSign, MutableItem } from './dht/items/item.ts'
export { generateKeys } from './dht/items/signature.ts'
export type { ItemKeys } from './dht/items/signature.ts'
export { pointerTo, torrentOf } from './dht/items/torrent-pointer.ts'
export { versionOf, versionPointer } from './dht/items/version-pointer.ts'
export type { PublishedVersion } from './dht/items/version-pointer.ts'
export { createLsd } from './lsd/lsd.ts'
export type { Lsd, LsdOptions, LsdStats } from './lsd/lsd.ts'
export type { NetworkInterfaces } from './lsd/lanes.ts'
export { createPortMapper } from './port-mapping/port-mapper.ts'
export type { PortMapper, PortMapperOptions } from './port-mapping/port-mapper.ts'
