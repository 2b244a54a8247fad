// Runs one torrent in the foreground, from adding it to its end: shared by `add` and `seed`.

import { sessionOptions, torrentOptions } from '@ccbt/config'
import { createSession } from '@ccbt/core'
import type { AddOptions, CheckMode, Session, TorrentHandle } from '@ccbt/core'
import type { Magnet, Metainfo } from '@ccbt/metainfo'
import type { ConfigFlags } from '../definitions/config-options.ts'
import type { TransferConfig } from '../configuration/configuration.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import type { SettingFlags } from '../configuration/flag-settings.ts'
import { followSettings } from '../configuration/live-settings.ts'
import type { OutputFlags, Reporter } from '../output/reporter.ts'
import { selectFiles } from '../sources/select-files.ts'
import { RoomWatch } from './room-watch.ts'
import type { StopRequest } from '../stop-signals.ts'
import { serveMetrics } from './transfer-metrics.ts'

/** The flags that `add` and `seed` have in common, as they are after parsing; what was not given is absent. */
export interface TransferFlags extends OutputFlags, ConfigFlags, SettingFlags {
  readonly check?: boolean
  readonly skipCheck?: boolean
  readonly metrics?: readonly string[]
}

/** One torrent to run. */
export interface TransferJob {
  readonly source: Metainfo | Magnet
  readonly config: TransferConfig
  /** What the command decides whatever the configuration says. */
  readonly options: Partial<AddOptions>
  readonly flags: TransferFlags & { readonly select?: readonly string[] }
  readonly stop: StopRequest
  readonly reporter: Reporter
  /** What goes on beside the torrent, until the returned disposer is called. */
  readonly beside?: (session: Session, torrent: TorrentHandle) => Beside
}

/** Something that lives as long as the torrent runs. */
export interface Beside extends AsyncDisposable {
  /** Rejects when it cannot go on, and the torrent is not to either. */
  readonly failed: Promise<never>
}

/**
 * Runs the torrent until it is done or the user stops it, and returns the exit status.
 * @throws CcbtError when the torrent cannot be added, does not fit where it is written to, or fails.
 */
export async function runTransfer(job: TransferJob): Promise<number> {
  // Before anything is opened: a wrong selection is a usage error.
  const options = addOptions(job)
  const { reporter, flags, config } = job
  await using metrics = flags.metrics === undefined ? undefined : await serveMetrics(flags.metrics)
  await using session = await createSession(sessionOptions(config.now.settings, config.stateFolder), metrics?.parts)
  using cleanup = new DisposableStack()
  cleanup.defer(session.subscribe((event) => reporter.event(event, session.snapshot().torrents[0])))
  const room = cleanup.use(new RoomWatch(session))
  const torrent = await session.add(job.source, options)
  room.attach(torrent)
  metrics?.attach(session, torrent)
  cleanup.use(followSettings({ ...job, session, torrent }))
  await using beside = job.beside?.(session, torrent)
  const ticker = setInterval(() => reporter.progress(torrent.snapshot()), reporter.intervalMs)
  const stopTicking = (): void => clearInterval(ticker)
  cleanup.defer(stopTicking)
  // What is told of completion is the last word of a download.
  if (options.stopWhenComplete === true) torrent.complete.then(stopTicking, stopTicking)
  return await untilEnd(job, torrent, beside === undefined ? [room] : [room, beside])
}

async function untilEnd(
  job: TransferJob,
  torrent: TorrentHandle,
  needed: readonly Pick<Beside, 'failed'>[],
): Promise<number> {
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
  const end = await Promise.race([torrent.finished, stopped.promise, ...needed.map(({ failed }) => failed)])
  job.stop.signal.removeEventListener('abort', onStop)
  if (end !== 'stopped') return EXIT_CODES.ok.code
  job.reporter.stopped(torrent.snapshot())
  return isComplete ? EXIT_CODES.ok.code : (job.stop.exitCode ?? EXIT_CODES.unfinished.code)
}

function addOptions({ config, flags, source, options }: TransferJob): AddOptions {
  const { settings } = config.now
  return {
    ...torrentOptions(settings),
    check: checkMode(flags),
    ...selection(flags.select, source),
    ...options,
  }
}

/** Files of a magnet link are chosen when they are known. */
function selection(
  lists: readonly string[] | undefined,
  source: Metainfo | Magnet,
): Pick<AddOptions, 'select' | 'chooseFiles'> {
  if (lists === undefined) return {}
  const choose = (files: Metainfo['files']): readonly number[] => selectFiles(lists, files)
  return 'infoBytes' in source ? { select: choose(source.files) } : { chooseFiles: choose }
}

function checkMode(flags: TransferFlags): CheckMode {
  if (flags.check === true) return 'full'
  return flags.skipCheck === true ? 'skip' : 'auto'
}
