// rtorrent as a daemon, driven by XML-RPC over a Unix socket (which works across network namespaces).

import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { waitFor } from './child.ts'
import type { Child } from './child.ts'
import { ClientBase, orKill, untilTaken } from './driver.ts'
import type { Client, Driver, Job, Status } from './driver.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

const REDIAL_MS = 1000
const RPC_TIMEOUT_MS = 10_000

/** rtorrent 0.9.8 and newer. */
export const rtorrent: Driver = {
  name: 'rtorrent',
  canBeToldPeers: true,
  refusesLoopback: false,
  makesEmptyFiles: true,
  endsWhenDone: false,
  missing: () => (isInstalled('rtorrent') ? undefined : 'rtorrent is not installed'),
  start,
}

function configuration(job: Job): string {
  return `system.daemon.set = true
network.scgi.open_local = ${join(job.work, 'rpc')}
session.path.set = ${job.work}
session.use_lock.set = no
directory.default.set = ${job.dir}
network.bind_address.set = ${job.host}
network.port_range.set = ${job.port}-${job.port}
network.port_random.set = no
network.max_open_files.set = 1000
network.max_open_sockets.set = 500
network.receive_buffer.size.set = 4M
network.send_buffer.size.set = 4M
network.xmlrpc.size_limit.set = 16M
pieces.memory.max.set = 4096M
pieces.hash.on_completion.set = no
system.file.allocate.set = 0
protocol.encryption.set = ${job.isEncrypted === true ? 'allow_incoming,try_outgoing,require,require_RC4' : 'none'}
protocol.pex.set = no
dht.mode.set = disable
throttle.max_uploads.set = 500
throttle.max_uploads.global.set = 1000
throttle.max_downloads.global.set = 1000
throttle.max_peers.normal.set = 500
throttle.max_peers.seed.set = 500
throttle.global_up.max_rate.set_kb = ${Math.ceil((job.uploadLimitBps ?? 0) / 1024)}
throttle.global_down.max_rate.set_kb = ${Math.ceil((job.downloadLimitBps ?? 0) / 1024)}
`
}

async function start(network: Network, job: Job): Promise<Client> {
  const client = await bootRtorrent(network, job)
  await orKill('rtorrent', client.child, async () => {
    await client.add(job)
    await untilTaken('rtorrent has checked the data', client.child, () => client.isReady(job.role === 'seed'))
  })
  return client
}

/** Starts the daemon without a torrent, until its RPC answers. */
export async function bootRtorrent(network: Network, job: Job): Promise<RtorrentClient> {
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  const file = join(job.work, 'rtorrent.rc')
  writeFileSync(file, configuration(job))
  const child = network.run(['rtorrent', '-n', '-o', `import=${file}`], { env: { TERM: 'dumb', HOME: job.work } })
  const client = new RtorrentClient(job, child)
  await orKill('rtorrent', child, () => untilTaken('rtorrent answers', child, () => client.isUp()))
  return client
}

/** A running daemon. */
export class RtorrentClient extends ClientBase {
  readonly #job: Job
  readonly #hash: string
  #dialedAt = 0

  constructor(job: Job, child: Child) {
    super('rtorrent', job, child)
    this.#job = job
    this.#hash = job.torrent.infoHash.toUpperCase()
  }

  async isUp(): Promise<boolean> {
    return (await this.#ask('system.client_version')) !== undefined
  }

  /** Gives it the torrent. Selected files are chosen before it starts. */
  async add(job: Job): Promise<void> {
    // Without DHT it refuses a torrent that names no tracker.
    const trackers = job.trackers ?? [`http://${job.host}:9/announce`]
    const torrent = join(job.work, 'job.torrent')
    writeFileSync(torrent, job.torrent.encode(trackers))
    await this.#ask(job.select ? 'load.normal' : 'load.start', '', torrent)
    await waitFor('rtorrent has the torrent', 30_000, async () => (await this.#ask('d.name', this.#hash)) !== undefined)
    if (job.select) await this.#select(job)
    await this.#dial()
  }

  async isReady(mustBeComplete: boolean): Promise<boolean> {
    if ((await this.#number('d.is_hash_checked')) !== 1 || (await this.#number('d.hashing')) !== 0) return false
    return !mustBeComplete || (await this.#number('d.complete')) === 1
  }

  async status(): Promise<Status> {
    this.expectAlive()
    const isComplete = (await this.#number('d.complete')) === 1 || (await this.#number('d.is_partially_done')) === 1
    const isDone = isComplete && (await this.#number('d.hashing')) === 0
    if (!isDone && performance.now() - this.#dialedAt > REDIAL_MS) await this.#redial()
    const progress = (await this.#number('d.bytes_done')) / this.#job.torrent.length
    return { progress: isDone ? 1 : progress, isDone, uploaded: await this.#number('d.up.total') }
  }

  async #select(job: Job): Promise<void> {
    for (const index of job.torrent.files.keys()) {
      if (!job.select!.includes(index)) await this.#ask('f.priority.set', `${this.#hash}:f${index}`, 0)
    }
    await this.#ask('d.update_priorities', this.#hash)
    await this.#ask('d.start', this.#hash)
  }

  async #redial(): Promise<void> {
    if ((await this.#number('d.peers_connected')) === 0) await this.#dial()
  }

  async #dial(): Promise<void> {
    this.#dialedAt = performance.now()
    for (const peer of this.#job.peers ?? []) await this.#ask('add_peer', this.#hash, peer)
  }

  async #number(method: string): Promise<number> {
    return Number((await this.#ask(method, this.#hash)) ?? Number.NaN)
  }

  /** The single value of an answer as text; `undefined` for a fault or while nobody listens. */
  async #ask(method: string, ...params: readonly (string | number)[]): Promise<string | undefined> {
    const values = params.map((value) =>
      typeof value === 'number' ? `<i4>${value}</i4>` : `<string>${escapeXml(value)}</string>`,
    )
    const items = values.map((value) => `<param><value>${value}</value></param>`).join('')
    const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${items}</params></methodCall>`
    const answer = await scgi(join(this.#job.work, 'rpc'), body)
    if (answer.includes('<fault>')) return undefined
    return /<value>(?:<\w+>)?([^<]*)/u.exec(answer)?.[1]
  }
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

/** One SCGI request; an empty answer when the socket is not there (yet). */
function scgi(path: string, body: string): Promise<string> {
  const header = `CONTENT_LENGTH\0${Buffer.byteLength(body)}\0SCGI\x001\0`
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(path)
    socket.setTimeout(RPC_TIMEOUT_MS, () => socket.destroy())
    socket.on('data', (part: Buffer) => parts.push(part))
    // ENOENT and ECONNREFUSED before it is up; everything else shows as a missing answer.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(parts).toString()))
    socket.end(`${header.length}:${header},${body}`)
  })
}
