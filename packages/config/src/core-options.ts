// Settings as the options of a session and of a torrent.

import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { interfaceAddresses, parseEndpoint } from '@ccbt/address'
import type { BindAddresses } from '@ccbt/address'
import type { AddOptions, ProxiedTraffic, ProxyOptions, SessionOptions } from '@ccbt/core'
import { parseProxyUrl } from '@ccbt/proxy/settings'
import { parseHours } from './hours.ts'
import type { Settings } from './settings.ts'

/** The index of chunks in the state folder. */
export const CHUNK_INDEX = 'chunks.sqlite'

/**
 * The local addresses of all sockets; `undefined` when any will do.
 * @throws ADDRESS_INTERFACE_MISSING
 */
export function bindOf(settings: Settings): string | BindAddresses | undefined {
  const name = settings.get('network.interface')
  return name === undefined ? settings.get('network.bind') : interfaceAddresses(name, networkInterfaces())
}

/** The proxy and what for; `undefined` without one. */
export function proxyOf(settings: Settings): ProxyOptions | undefined {
  const url = settings.get('proxy.url')
  const names: readonly string[] = settings.get('proxy.for')
  return url === undefined ? undefined : { ...parseProxyUrl(url), for: TRAFFIC.filter((kind) => names.includes(kind)) }
}

const TRAFFIC: readonly ProxiedTraffic[] = ['peers', 'trackers', 'web']

/** The options of a session; `stateDir` is where state lives. @throws ADDRESS_INTERFACE_MISSING */
export function sessionOptions(settings: Settings, stateDir: string): SessionOptions {
  const bind = bindOf(settings)
  const proxy = proxyOf(settings)
  const userAgent = settings.get('network.user_agent')
  const hashWorkers = settings.get('disk.hash_workers')
  const ipFilter = settings.get('peers.ip_filter')
  const uploadSlots = settings.get('limits.upload_slots')
  const alternative = alternativeLimits(settings)
  const local = localLimits(settings)
  return {
    stateDir,
    port: settings.get('network.port'),
    ...(bind === undefined ? {} : { bind }),
    ...(proxy === undefined ? {} : { proxy }),
    transports: { tcp: settings.get('network.tcp'), utp: settings.get('network.utp') },
    encryption: settings.get('network.encryption'),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(settings.get('dht.enabled') ? { dht: { bootstrap: settings.get('dht.bootstrap').map(parseEndpoint) } } : {}),
    lsd: settings.get('lsd.enabled'),
    pex: settings.get('pex.enabled'),
    ...xetOf(settings, stateDir),
    portMapping: settings.get('port_mapping.enabled'),
    ...(ipFilter === undefined ? {} : { ipFilter }),
    maxPeers: settings.get('peers.max'),
    downloadLimitBps: settings.get('limits.download'),
    uploadLimitBps: settings.get('limits.upload'),
    ...(local === undefined ? {} : { localLimits: local }),
    ...(alternative === undefined ? {} : { alternativeLimits: alternative }),
    queue: queueLimits(settings),
    ...(uploadSlots === undefined ? {} : { uploadSlots }),
    limitsCount: settings.get('limits.count'),
    writeBudgetBytes: settings.get('disk.write_budget'),
    readCacheBytes: settings.get('disk.read_cache'),
    ...(hashWorkers === undefined ? {} : { hashWorkers }),
    maxMetadataBytes: settings.get('magnet.max_metadata'),
  }
}

/** Announced content is shared, and sharing takes an index. */
function xetOf(settings: Settings, stateDir: string): Pick<SessionOptions, 'xet'> {
  const announce = settings.get('xet.announce')
  const share = settings.get('xet.share') || announce > 0
  if (!share && !settings.get('xet.enabled')) return {}
  const trackers = settings.get('xet.trackers')
  return { xet: { index: join(stateDir, CHUNK_INDEX), share, announce, ...(trackers && { trackers }) } }
}

/** The options of a torrent. */
export function torrentOptions(settings: Settings): AddOptions {
  const label = settings.get('torrent.label')
  const peers = settings.get('peers.add')
  const webSeeds = settings.get('web_seeds.add')
  const seedRatio = settings.get('seeding.ratio')
  const seedTimeMs = settings.get('seeding.time')
  const seedIdleMs = settings.get('seeding.idle')
  const hasGoal = [seedRatio, seedTimeMs, seedIdleMs].some((goal) => goal !== undefined)
  const exclude = settings.get('files.exclude')
  const allowOnly = settings.get('files.allow_only')
  const high = settings.get('files.high')
  const low = settings.get('files.low')
  const uploadSlots = settings.get('limits.upload_slots')
  return {
    directory: settings.get('paths.download'),
    ...(label === undefined ? {} : { label }),
    downloadLimitBps: settings.get('limits.torrent_download'),
    uploadLimitBps: settings.get('limits.torrent_upload'),
    ...(peers === undefined ? {} : { peers }),
    ...(webSeeds === undefined ? {} : { webSeeds }),
    trackers: settings.get('trackers.enabled'),
    strategy: settings.get('pieces.strategy'),
    firstLastFirst: settings.get('pieces.ends_first'),
    ...(exclude === undefined ? {} : { exclude }),
    ...(allowOnly === undefined ? {} : { allowOnly }),
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    maxPeers: settings.get('peers.max'),
    ...(uploadSlots === undefined ? {} : { uploadSlots }),
    dht: settings.get('dht.enabled'),
    lsd: settings.get('lsd.enabled'),
    pex: settings.get('pex.enabled'),
    encryption: settings.get('network.encryption'),
    preallocate: settings.get('disk.preallocate'),
    superSeed: settings.get('seeding.super'),
    ...(seedRatio === undefined ? {} : { seedRatio }),
    ...(seedTimeMs === undefined ? {} : { seedTimeMs }),
    ...(seedIdleMs === undefined ? {} : { seedIdleMs }),
    seedGoalAction: settings.get('seeding.goal_action'),
    stopWhenComplete: !(settings.get('seeding.enabled') ?? hasGoal),
  }
}

/** Limits of the local network, which is limited as all peers are in a direction that is absent. `undefined` when none is set. */
export function localLimits(settings: Settings): SessionOptions['localLimits'] {
  const downloadBps = settings.get('limits.local_download')
  const uploadBps = settings.get('limits.local_upload')
  if (downloadBps === undefined && uploadBps === undefined) return undefined
  return { ...(downloadBps === undefined ? {} : { downloadBps }), ...(uploadBps === undefined ? {} : { uploadBps }) }
}

/** Limits of certain hours; without hours they hold on command only. `undefined` when none is set. */
export function alternativeLimits(settings: Settings): SessionOptions['alternativeLimits'] {
  const downloadBps = settings.get('limits.alternative_download')
  const uploadBps = settings.get('limits.alternative_upload')
  const hours = settings.get('limits.alternative_hours')
  if (downloadBps === undefined && uploadBps === undefined && hours === undefined) return undefined
  const schedule = (hours ?? []).flatMap((text) => parseHours(text) ?? [])
  return { downloadBps: downloadBps ?? 0, uploadBps: uploadBps ?? 0, schedule }
}

function queueLimits(settings: Settings): NonNullable<SessionOptions['queue']> {
  const maxActiveDownloads = settings.get('queue.max_downloads')
  const maxActiveSeeds = settings.get('queue.max_seeds')
  const maxActive = settings.get('queue.max_active')
  return {
    ...(maxActiveDownloads === undefined ? {} : { maxActiveDownloads }),
    ...(maxActiveSeeds === undefined ? {} : { maxActiveSeeds }),
    ...(maxActive === undefined ? {} : { maxActive }),
  }
}
