// libtorrent (the rasterbar one, under qBittorrent and Deluge) through its Python binding.

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { ClientBase, orKill, untilTaken } from './driver.ts'
import type { Client, Driver, Job, Status } from './driver.ts'
import type { Network } from './network.ts'

const SCRIPT = join(import.meta.dirname, 'libtorrent_peer.py')

interface Line {
  readonly event: string
  readonly progress?: number
  readonly done?: boolean
  readonly uploaded?: number
}

let python: string | false | undefined

/** The Python that has the binding: Debian puts it into its own, which need not be the first on the PATH. */
export function pythonWithLibtorrent(): string | undefined {
  python ??=
    ['python3', '/usr/bin/python3'].find((program) => spawnSync(program, ['-c', 'import libtorrent']).status === 0) ??
    false
  return python === false ? undefined : python
}

/** The command that runs one job of the script. */
export function libtorrentCommand(job: Readonly<Record<string, unknown>>): string[] {
  return [pythonWithLibtorrent() ?? 'python3', SCRIPT, JSON.stringify(job)]
}

/** The fields of a job that the script knows by the same meaning. */
export function libtorrentJob(job: Job, torrent: string): Readonly<Record<string, unknown>> {
  return {
    role: job.role,
    torrent,
    dir: job.dir,
    listen: `${job.host}:${job.port}`,
    peers: job.peers ?? [],
    select: job.select,
    up: job.uploadLimitBps,
    down: job.downloadLimitBps,
    stay: job.stay,
    encrypted: job.isEncrypted,
    utp: job.isUtp,
  }
}

/** libtorrent 2. */
export const libtorrent: Driver = {
  name: 'libtorrent',
  canBeToldPeers: true,
  refusesLoopback: false,
  makesEmptyFiles: true,
  endsWhenDone: true,
  missing: () => (pythonWithLibtorrent() === undefined ? 'python3-libtorrent is not installed' : undefined),
  start,
}

async function start(network: Network, job: Job): Promise<Client> {
  mkdirSync(job.work, { recursive: true })
  const torrent = join(job.work, 'job.torrent')
  writeFileSync(torrent, job.torrent.encode(job.trackers ?? []))
  const seen = new Map<string, Line>()
  const command = libtorrentCommand({ ...libtorrentJob(job, torrent), report: true })
  const child = network.run(command, {
    onLine: (text) => {
      const line = JSON.parse(text) as Line
      seen.set(line.event, line)
    },
  })
  await orKill('libtorrent', child, () => untilTaken('libtorrent is ready', child, () => seen.has('ready')))
  return new LibtorrentClient(job, child, seen)
}

class LibtorrentClient extends ClientBase {
  readonly #seen: ReadonlyMap<string, Line>

  constructor(job: Job, child: Child, seen: ReadonlyMap<string, Line>) {
    super('libtorrent', job, child)
    this.#seen = seen
  }

  async status(): Promise<Status> {
    this.expectAlive(0)
    const last = this.#seen.get('status')
    return { progress: last?.progress ?? 0, isDone: this.#seen.has('done'), uploaded: last?.uploaded ?? 0 }
  }
}
