// Runs one torrent in the foreground, from adding it to its end: shared by `add` and `seed`.

import { resolve } from 'node:path'
import { parseEndpoint } from '@ccbt/address'
import { createSession } from '@ccbt/core'
import type { AddOptions, CheckMode, Preallocation, SessionOptions, TorrentHandle } from '@ccbt/core'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import { EXIT_CODES } from './exit-codes.ts'
import type { OutputFlags, Reporter } from './output/reporter.ts'
import { selectFiles } from './select-files.ts'
import { defaultStateFolder } from './state-folder.ts'
import type { StopRequest } from './stop-signals.ts'

/** Nodes that the big clients run for everybody who joins. */
const DHT_BOOTSTRAP: readonly string[] = [
  'dht.libtorrent.org:25401',
  'router.bittorrent.com:6881',
  'router.utorrent.com:6881',
  'dht.transmissionbt.com:6881',
]

/** The flags that `add` and `seed` have in common, as they are after parsing. */
export interface TransferFlags extends OutputFlags {
  readonly port: number
  readonly bind?: string
  readonly peer?: readonly string[]
  readonly maxPeers?: number
  readonly dht: boolean
  readonly dhtBootstrap?: readonly string[]
  readonly lsd: boolean
  readonly pex: boolean
  readonly portMapping: boolean
  readonly downloadLimit?: number
  readonly uploadLimit?: number
  readonly stateDir?: string
  readonly check?: boolean
  readonly skipCheck?: boolean
  readonly seedRatio?: number
  readonly seedTime?: number
}

/** The flags that only a download has. */
export interface DownloadFlags {
  readonly select?: readonly string[]
  readonly webseed?: readonly string[]
  readonly sequential?: boolean
  readonly preallocate?: Preallocation
  readonly metadataOnly?: boolean
}

/** The flags that only a seed has. */
export interface SeedingFlags {
  readonly superSeed?: boolean
}

/** One torrent to run. */
export interface TransferJob {
  readonly source: Metainfo | Magnet
  readonly directory: string
  readonly flags: TransferFlags & DownloadFlags & SeedingFlags
  /** Whether to stay and serve others when it is complete. */
  readonly isSeeding: boolean
  readonly stop: StopRequest
  readonly reporter: Reporter
}

/**
 * Runs the torrent until it is done or the user stops it, and returns the exit status.
 * @throws CcbtError when the torrent cannot be added or fails.
 */
export async function runTransfer(job: TransferJob): Promise<number> {
  // Before anything is opened: a wrong selection is a usage error.
  const options = addOptions(job)
  await using session = await createSession(sessionOptions(job.flags))
  const { reporter } = job
  using cleanup = new DisposableStack()
  cleanup.defer(session.subscribe((event) => reporter.event(event, session.snapshot().torrents[0])))
  const torrent = await session.add(job.source, options)
  const ticker = setInterval(() => reporter.progress(torrent.snapshot()), reporter.intervalMs)
  cleanup.defer(() => clearInterval(ticker))
  return await untilEnd(job, torrent)
}

async function untilEnd(job: TransferJob, torrent: TorrentHandle): Promise<number> {
  let isComplete = false
  torrent.complete.then(
    () => (isComplete = true),
    // The same rejection comes through `finished`, which is awaited below.
    () => undefined,
  )
  const stopped = Promise.withResolvers<'stopped'>()
  const onStop = (): void => stopped.resolve('stopped')
  job.stop.signal.addEventListener('abort', onStop)
  if (job.stop.signal.aborted) onStop()
  const end = await Promise.race([torrent.finished, stopped.promise])
  job.stop.signal.removeEventListener('abort', onStop)
  if (end !== 'stopped') return EXIT_CODES.ok.code
  job.reporter.stopped(torrent.snapshot())
  return isComplete ? EXIT_CODES.ok.code : (job.stop.exitCode ?? EXIT_CODES.unfinished.code)
}

function sessionOptions(flags: TransferFlags): SessionOptions {
  return {
    stateDir: flags.stateDir ?? defaultStateFolder(process.env),
    port: flags.port,
    ...(flags.bind === undefined ? {} : { bind: flags.bind }),
    ...(flags.dht ? { dht: { bootstrap: (flags.dhtBootstrap ?? DHT_BOOTSTRAP).map(parseEndpoint) } } : {}),
    lsd: flags.lsd,
    pex: flags.pex,
    portMapping: flags.portMapping,
    ...(flags.maxPeers === undefined ? {} : { maxPeers: flags.maxPeers }),
    ...(flags.downloadLimit === undefined ? {} : { downloadLimitBps: flags.downloadLimit }),
    ...(flags.uploadLimit === undefined ? {} : { uploadLimitBps: flags.uploadLimit }),
  }
}

function addOptions(job: TransferJob): AddOptions {
  const { flags } = job
  return {
    directory: resolve(job.directory),
    check: checkMode(flags),
    stopWhenComplete: !job.isSeeding,
    ...selection(flags.select, job.source),
    ...(flags.metadataOnly === undefined ? {} : { metadataOnly: flags.metadataOnly }),
    ...(flags.superSeed === undefined ? {} : { superSeed: flags.superSeed }),
    ...(flags.webseed === undefined ? {} : { webSeeds: flags.webseed }),
    ...(flags.sequential === undefined ? {} : { sequential: flags.sequential }),
    ...(flags.peer === undefined ? {} : { peers: flags.peer }),
    ...(flags.preallocate === undefined ? {} : { preallocate: flags.preallocate }),
    ...(flags.seedRatio === undefined ? {} : { seedRatio: flags.seedRatio }),
    ...(flags.seedTime === undefined ? {} : { seedTimeMs: flags.seedTime }),
  }
}

/** Files of a magnet link are chosen when they are known. */
function selection(
  lists: readonly string[] | undefined,
  source: Metainfo | Magnet,
): Pick<AddOptions, 'select' | 'chooseFiles'> {
  if (lists === undefined) return {}
  if ('infoBytes' in source) return { select: selectFiles(lists, source.files) }
  return { chooseFiles: (files) => selectFiles(lists, files) }
}

function checkMode(flags: TransferFlags): CheckMode {
  if (flags.check === true) return 'full'
  return flags.skipCheck === true ? 'skip' : 'auto'
}
