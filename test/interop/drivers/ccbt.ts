// The client under test, through its command line and its JSON lines.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { ClientBase, orKill, untilTaken } from './driver.ts'
import type { Client, Driver, Job, Status } from './driver.ts'
import type { Network } from './network.ts'

const MAIN = join(import.meta.dirname, '../../../packages/cli/src/main.ts')

/** A JSON line of the command. */
export interface CcbtLine {
  readonly event: string
  readonly bytes?: number
  readonly bytesDone?: number
  readonly downloaded?: number
  readonly uploaded?: number
}

/** The command: from its sources, or the built one that `CCBT_MAIN` names. */
export function ccbtCommand(...args: readonly string[]): string[] {
  const built = process.env['CCBT_MAIN']
  return built === undefined
    ? [process.execPath, '--conditions=ccbt-src', MAIN, ...args]
    : [process.execPath, built, ...args]
}

/** The arguments for one job. */
export function ccbtArguments(job: Job, torrent: string): string[] {
  const folder = job.role === 'seed' ? ['seed', torrent, '--data', job.dir] : ['add', torrent, '--output', job.dir]
  const end = job.role === 'seed' ? [] : [job.stay === true ? '--seed' : '--no-seed']
  return [
    ...folder,
    ...end,
    '--json',
    // The other clients of these tests are told, or find each other through trackers.
    '--no-dht',
    '--no-lsd',
    '--no-port-mapping',
    '--port',
    String(job.port),
    '--bind',
    job.host,
    '--state-dir',
    join(job.work, 'state'),
    ...(job.usesChunks === true ? ['--xet'] : []),
    ...(job.isUtp === true ? ['--no-tcp'] : []),
    ...(job.isEncrypted === true ? ['--encryption', 'required'] : []),
    ...(job.peers ?? []).flatMap((peer) => ['--peer', peer]),
    ...(job.select ? ['--select', job.select.join(',')] : []),
    ...(job.uploadLimitBps ? ['--upload-limit', String(job.uploadLimitBps)] : []),
    ...(job.downloadLimitBps ? ['--download-limit', String(job.downloadLimitBps)] : []),
  ]
}

/** ccbt from the sources beside this file. */
export const ccbt: Driver = {
  name: 'ccbt',
  canBeToldPeers: true,
  refusesLoopback: false,
  makesEmptyFiles: true,
  endsWhenDone: true,
  missing: () => undefined,
  start,
}

async function start(network: Network, job: Job): Promise<Client> {
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  const torrent = join(job.work, 'job.torrent')
  writeFileSync(torrent, job.torrent.encode(job.trackers ?? []))
  const seen = new Map<string, CcbtLine>()
  const child = network.run(ccbtCommand(...ccbtArguments(job, torrent)), {
    onLine: (text) => {
      const line = JSON.parse(text) as CcbtLine
      seen.set(line.event, line)
    },
  })
  const taken = job.role === 'seed' ? 'seeding' : 'checked'
  await orKill('ccbt', child, () => untilTaken(`ccbt is ${taken}`, child, () => seen.has(taken)))
  return new CcbtClient(job, child, seen)
}

class CcbtClient extends ClientBase {
  readonly #seen: ReadonlyMap<string, CcbtLine>

  constructor(job: Job, child: Child, seen: ReadonlyMap<string, CcbtLine>) {
    super('ccbt', job, child)
    this.#seen = seen
  }

  async status(): Promise<Status> {
    this.expectAlive(0)
    const last = this.#seen.get('progress')
    const isDone = this.#seen.has('complete') || this.#seen.has('seeding')
    const progress = last?.bytes ? (last.bytesDone ?? 0) / last.bytes : 0
    return { progress: isDone ? 1 : progress, isDone, uploaded: last?.uploaded ?? 0 }
  }
}
