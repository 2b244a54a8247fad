// `ccbt stream`: plays one file of a torrent while it is downloaded.

import type { Session, TorrentHandle } from '@ccbt/core'
import type { Metainfo } from '@ccbt/metainfo'

import { loadConfiguration, transferConfig, webNetwork } from '../configuration/configuration.ts'
import { createReporter } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { selectFiles } from '../sources/select-files.ts'
import { listenForStop } from '../stop-signals.ts'
import { startStreamServer } from '../stream/stream-server.ts'
import type { StreamServer } from '../stream/stream-server.ts'
import { loadSource } from '../sources/torrent-source.ts'
import { runTransfer } from '../transfer/transfer.ts'
import type { Beside, TransferFlags } from '../transfer/transfer.ts'

/** The parsed flags of `ccbt stream`; what was not given is absent. */
export interface StreamFlags extends TransferFlags {
  readonly httpPort?: number
}

/** Serves the file until Ctrl-C; returns the exit status. */
export async function runStream(source: string, file: string | undefined, flags: StreamFlags): Promise<number> {
  using stop = listenForStop()
  using reporter = createReporter(flags, processTerminal())
  const config = await loadConfiguration(flags)
  const torrent = await loadSource(source, { signal: stop.signal, ...webNetwork(config.session) })
  const own = await transferConfig(config, { torrent, source, flags, reporter })
  const choose = (files: Metainfo['files']): number[] => [chosenFile(files, file)]
  return await runTransfer({
    source: torrent,
    config: own,
    options: {
      strategy: 'streaming',
      stopWhenComplete: false,
      ...('infoBytes' in torrent ? { select: choose(torrent.files) } : { chooseFiles: choose }),
    },
    flags,
    stop,
    reporter,
    beside: (session, handle) =>
      new Serving(session, handle, (metainfo) => serveFile(handle, choose(metainfo.files)[0] ?? 0, flags)),
  })
}

/** The file that is meant, without a word about it the longest. */
function chosenFile(files: Metainfo['files'], file: string | undefined): number {
  if (file !== undefined) return selectFiles([file], files)[0] ?? 0
  let longest = 0
  for (const [index, { length, isPad }] of files.entries())
    if (!isPad && length > (files[longest]?.length ?? 0)) longest = index
  return longest
}

async function serveFile(torrent: TorrentHandle, index: number, flags: StreamFlags): Promise<StreamServer> {
  const file = torrent.files()[index]
  const server = await startStreamServer({
    file: {
      name: file?.path.at(-1) ?? '',
      length: file?.length ?? 0,
      read: (range, signal) => torrent.read(index, range, signal),
    },
    port: flags.httpPort ?? 0,
  })
  process.stdout.write(
    flags.json === true ? `${JSON.stringify({ event: 'streaming', url: server.url })}\n` : `${server.url}\n`,
  )
  return server
}

/** Serves as soon as the files of the torrent are known. */
class Serving implements Beside {
  readonly #unsubscribe: () => void
  readonly #failed = Promise.withResolvers<never>()
  #server: Promise<StreamServer> | undefined

  constructor(session: Session, torrent: TorrentHandle, start: (metainfo: Metainfo) => Promise<StreamServer>) {
    const begin = (): void => {
      // The handle of a magnet link has its files a moment after it tells of them.
      if (torrent.metainfo === undefined || this.#server !== undefined) return
      this.#server = start(torrent.metainfo)
      this.#server.catch((error: unknown) => this.#failed.reject(error))
    }
    this.#unsubscribe = session.subscribe(begin)
    begin()
  }

  get failed(): Promise<never> {
    return this.#failed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    const server = await this.#server?.catch(() => undefined) // whoever waits for `failed` is told
    await server?.[Symbol.asyncDispose]()
  }
}
