// What the options of a session mean: sources as parsed torrents, disk workers, limits.

import { createDiskIo } from '@ccbt/disk-io'
import type { DiskIo } from '@ccbt/disk-io'
import { parseMagnet, parseTorrent } from '@ccbt/metainfo'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import type { Clock } from '@ccbt/primitives'

import { SessionLimits } from '../limit/session-limits.ts'
import type { RatePair } from '../limit/session-limits.ts'
import type { SessionOptions, TorrentSource } from '../options.ts'
import type { SessionObserver } from '../stats/observer.ts'

/** @throws METAINFO_*, BENCODE_* */
export function parseSource(source: TorrentSource): Metainfo | Magnet {
  if (typeof source === 'string') return parseMagnet(source)
  return source instanceof Uint8Array ? parseTorrent(source) : source
}

/** The workers and their memory. */
export function openDisk(options: SessionOptions, clock: Clock, observer: SessionObserver | undefined): DiskIo {
  return createDiskIo({
    clock,
    ...(observer === undefined ? {} : { observer }),
    ...(options.hashWorkers === undefined ? {} : { workers: options.hashWorkers }),
    ...(options.writeBudgetBytes === undefined ? {} : { writeBudgetBytes: options.writeBudgetBytes }),
    ...(options.readCacheBytes === undefined ? {} : { readCacheBytes: options.readCacheBytes }),
  })
}

/** The limits that are given, and no others. */
export function ratesOf(options: Pick<SessionOptions, 'downloadLimitBps' | 'uploadLimitBps'>): RatePair {
  const { downloadLimitBps, uploadLimitBps } = options
  return {
    ...(downloadLimitBps === undefined ? {} : { downloadBps: downloadLimitBps }),
    ...(uploadLimitBps === undefined ? {} : { uploadBps: uploadLimitBps }),
  }
}

/** The limits to begin with. */
export function sessionLimits(options: SessionOptions, clock: Clock): SessionLimits {
  const { localLimits, limitsCount, labelLimits = {} } = options
  const limits = new SessionLimits(clock, {
    ...ratesOf(options),
    ...(localLimits === undefined ? {} : { local: localLimits }),
    ...(limitsCount === undefined ? {} : { counts: limitsCount }),
  })
  for (const [label, rates] of Object.entries(labelLimits)) limits.setLabel(label, rates)
  return limits
}
