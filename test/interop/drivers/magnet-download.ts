// Foreign clients that download a magnet link. They are given a link and a folder, and whoever waits looks into that.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aria2 } from './aria2.ts'
import type { Child } from './child.ts'
import type { Driver, Job } from './driver.ts'
import { libtorrent, pythonWithLibtorrent } from './libtorrent.ts'
import type { Network } from './network.ts'
import { bootTransmission } from './transmission.ts'

const PORT = 21_000
const RPC_PORT = 9091

/** What is downloaded, where to, and from which address. */
export interface MagnetJob {
  readonly link: string
  /** An empty folder for data and state; the data goes into it. */
  readonly dir: string
  readonly host: string
  /** Only to satisfy the driver: the client gets nothing but the link. */
  readonly torrent: Job['torrent']
}

/** Starts the client that `driver` is for. */
export async function startMagnetDownload(network: Network, driver: Driver, job: MagnetJob): Promise<AsyncDisposable> {
  mkdirSync(job.dir, { recursive: true })
  if (driver === libtorrent) return stopping(startLibtorrent(network, job))
  if (driver === aria2) return stopping(startAria2(network, job))
  return await startTransmission(network, job)
}

function stopping(child: Child): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => child.stop() }
}

function startLibtorrent(network: Network, { link, dir, host }: MagnetJob): Child {
  const script = join(import.meta.dirname, 'libtorrent_magnet.py')
  const job = JSON.stringify({ link, dir, listen: `${host}:${PORT}` })
  return network.run([pythonWithLibtorrent() ?? 'python3', script, job])
}

function startAria2(network: Network, { link, dir, host }: MagnetJob): Child {
  const off = ['--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false']
  const where = [`--dir=${dir}`, `--listen-port=${PORT}`, `--interface=${host}`]
  return network.run(['aria2c', ...off, ...where, '--bt-tracker-interval=2', '--seed-time=0', link])
}

async function startTransmission(network: Network, { link, dir, host, torrent }: MagnetJob): Promise<AsyncDisposable> {
  const work = `${dir}-state`
  const client = await bootTransmission(network, { role: 'download', torrent, dir, work, host, port: PORT })
  const body = JSON.stringify({ method: 'torrent-add', arguments: { filename: link, 'download-dir': dir } })
  const call = { host, port: RPC_PORT, method: 'POST', path: '/transmission/rpc', body } as const
  const refused = await network.http(call)
  const headers = { 'X-Transmission-Session-Id': String(refused.headers['x-transmission-session-id']) }
  const answer = await network.http({ ...call, headers })
  writeFileSync(join(work, 'answer.json'), answer.body)
  return client
}
