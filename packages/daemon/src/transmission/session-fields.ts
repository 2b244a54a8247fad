// The keys of `session-get`. Clients index them without looking whether they are there, so that those of things that ccbt
// does not have are there as well, and say so.

import type { SessionOptions } from '@ccbt/core'

import type { Engine } from '../engine/engine.ts'
import type { Arguments } from '../http/arguments.ts'
import { SPEED_BYTES } from './setting-fields.ts'

/** The version of Transmission's interface that this is: tremc refuses above 19, and asks for other names at 18. */
const RPC_VERSION = 17
const RPC_VERSION_MINIMUM = 14
/** The release that has it. Sonarr takes the first number with dots outside of brackets. */
const TRANSMISSION_VERSION = '4.0.6'
/** Of the queue: not to be changed. */
const STALL_MINUTES = 1

const UNITS: Arguments = {
  'speed-units': ['kB/s', 'MB/s', 'GB/s', 'TB/s'],
  'speed-bytes': SPEED_BYTES,
  'size-units': ['kB', 'MB', 'GB', 'TB'],
  'size-bytes': 1000,
  'memory-units': ['KiB', 'MiB', 'GiB', 'TiB'],
  'memory-bytes': 1024,
}

/** What a session is asked about. */
export interface SessionFacts {
  readonly engine: Engine
  readonly sessionId: string
  /** Bytes free where torrents go; -1 = unknown. */
  readonly freeBytes: number
}

/** All of them. */
export function sessionFields(facts: SessionFacts): Arguments {
  const { engine, sessionId } = facts
  return {
    version: `${TRANSMISSION_VERSION} (ccbt-${engine.version})`,
    'rpc-version': RPC_VERSION,
    'rpc-version-minimum': RPC_VERSION_MINIMUM,
    'rpc-version-semver': '5.3.0',
    'session-id': sessionId,
    units: UNITS,
    ...folderFields(facts),
    ...speedFields(engine),
    ...queueFields(engine),
    ...networkFields(engine),
    ...ABSENT,
    ...scripts(),
  }
}

function folderFields({ engine, freeBytes }: SessionFacts): Arguments {
  const { downloadDirectory, startsAdded } = engine.preferences.now
  return {
    'config-dir': engine.options.stateDir,
    'download-dir': downloadDirectory,
    'download-dir-free-space': freeBytes,
    'start-added-torrents': startsAdded,
  }
}

function speedFields(engine: Engine): Arguments {
  const { downloadLimit, uploadLimit, alternative } = engine.preferences.now
  return {
    'speed-limit-down': kilobytes(downloadLimit.bps),
    'speed-limit-down-enabled': downloadLimit.isOn,
    'speed-limit-up': kilobytes(uploadLimit.bps),
    'speed-limit-up-enabled': uploadLimit.isOn,
    'alt-speed-down': kilobytes(alternative.downloadBps),
    'alt-speed-up': kilobytes(alternative.uploadBps),
    'alt-speed-enabled': engine.session.summary().usesAlternativeLimits,
    'alt-speed-time-enabled': alternative.isScheduled,
    'alt-speed-time-begin': alternative.beginMinute,
    'alt-speed-time-end': alternative.endMinute,
    'alt-speed-time-day': alternative.days,
  }
}

function queueFields(engine: Engine): Arguments {
  const { ratioGoal, idleGoal, downloadQueue, seedQueue, maxPeersPerTorrent } = engine.preferences.now
  return {
    seedRatioLimit: ratioGoal.value,
    seedRatioLimited: ratioGoal.isOn,
    'idle-seeding-limit': idleGoal.value,
    'idle-seeding-limit-enabled': idleGoal.isOn,
    'download-queue-size': downloadQueue.value,
    'download-queue-enabled': downloadQueue.isOn,
    'seed-queue-size': seedQueue.value,
    'seed-queue-enabled': seedQueue.isOn,
    'queue-stalled-enabled': true,
    'queue-stalled-minutes': STALL_MINUTES,
    'peer-limit-per-torrent': maxPeersPerTorrent,
  }
}

function networkFields(engine: Engine): Arguments {
  const { dht, pex = true, lsd = false, portMapping = false, port = 0, encryption = 'allowed' } = engine.options
  const { tcp, utp } = transportsOf(engine.options)
  return {
    'peer-port': engine.session.summary().port,
    'peer-port-random-on-start': port === 0,
    'port-forwarding-enabled': portMapping,
    'dht-enabled': dht !== undefined,
    'pex-enabled': pex,
    'lpd-enabled': lsd,
    'utp-enabled': utp,
    'tcp-enabled': tcp,
    encryption: ENCRYPTION[encryption],
    'blocklist-enabled': (engine.options.ipFilter ?? []).length > 0,
    'blocklist-size': engine.blockedRanges,
  }
}

/** Ours in Transmission's words; what is switched off is not known there. */
const ENCRYPTION = {
  required: 'required',
  preferred: 'preferred',
  allowed: 'tolerated',
  disabled: 'tolerated',
} as const

/** What there is no such thing of. */
const ABSENT: Arguments = {
  'incomplete-dir': '',
  'incomplete-dir-enabled': false,
  'rename-partial-files': false,
  'trash-original-torrent-files': false,
  'default-trackers': '',
  'blocklist-url': '',
  'cache-size-mb': 0,
  'peer-limit-global': 0,
  'anti-brute-force-enabled': true,
  'anti-brute-force-threshold': 0,
}

/** Programs are named in the configuration, never from afar. */
function scripts(): Arguments {
  const names = ['added', 'done', 'done-seeding']
  return Object.fromEntries(
    names.flatMap((name) => [
      [`script-torrent-${name}-enabled`, false],
      [`script-torrent-${name}-filename`, ''],
    ]),
  )
}

function transportsOf({ transports }: SessionOptions): { tcp: boolean; utp: boolean } {
  return { tcp: transports?.tcp ?? true, utp: transports?.utp ?? true }
}

function kilobytes(bps: number): number {
  return Math.round(bps / SPEED_BYTES)
}
