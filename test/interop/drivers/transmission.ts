// transmission-daemon, driven over its RPC. It learns peers only from trackers and refuses those in 127.0.0.0/8.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { ClientBase, orKill, untilTaken, withLog } from './driver.ts'
import type { Client, Driver, Job, Status } from './driver.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

const RPC_PORT = 9091
const VERIFYING = new Set([1, 2])

interface Torrent {
  readonly status: number
  readonly percentDone: number
  readonly leftUntilDone: number
  readonly errorString: string
  readonly uploadedEver: number
}

/** Transmission 3.00 and newer. */
export const transmission: Driver = {
  name: 'transmission',
  canBeToldPeers: false,
  refusesLoopback: true,
  makesEmptyFiles: false,
  endsWhenDone: false,
  missing: () => (isInstalled('transmission-daemon') ? undefined : 'transmission-daemon is not installed'),
  start,
}

function settings(job: Job): object {
  const up = job.uploadLimitBps ?? 0
  const down = job.downloadLimitBps ?? 0
  return {
    'bind-address-ipv4': job.host,
    'bind-address-ipv6': '::1',
    'peer-port': job.port,
    'rpc-bind-address': job.host,
    'rpc-port': RPC_PORT,
    'rpc-whitelist-enabled': false,
    'rpc-host-whitelist-enabled': false,
    'rpc-authentication-required': false,
    'download-dir': job.dir,
    'dht-enabled': false,
    'lpd-enabled': false,
    'pex-enabled': false,
    'utp-enabled': false,
    'port-forwarding-enabled': false,
    encryption: job.isEncrypted === true ? 2 : 0,
    preallocation: 0,
    'cache-size-mb': 64,
    'rename-partial-files': false,
    'download-queue-enabled': false,
    'seed-queue-enabled': false,
    'queue-stalled-enabled': false,
    'ratio-limit-enabled': false,
    'idle-seeding-limit-enabled': false,
    'upload-slots-per-torrent': 100,
    'peer-limit-global': 500,
    'peer-limit-per-torrent': 500,
    'speed-limit-up-enabled': up > 0,
    'speed-limit-up': Math.ceil(up / 1000),
    'speed-limit-down-enabled': down > 0,
    'speed-limit-down': Math.ceil(down / 1000),
  }
}

async function start(network: Network, job: Job): Promise<Client> {
  const client = await bootTransmission(network, job)
  await orKill('transmission', client.child, async () => {
    await client.add(job)
    await untilTaken('transmission has checked the data', client.child, () => client.isReady(job.role === 'seed'))
  })
  return client
}

/** Starts the daemon without a torrent, until its RPC answers. */
export async function bootTransmission(network: Network, job: Job): Promise<TransmissionClient> {
  // After a SIGKILL it knows its torrents but believes that nothing is there; as new ones it hashes them.
  rmSync(job.work, { recursive: true, force: true })
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  writeFileSync(join(job.work, 'settings.json'), JSON.stringify(settings(job)))
  const child = network.run(['transmission-daemon', '--foreground', '--config-dir', job.work, '--log-error'])
  const client = new TransmissionClient(job, child, network)
  await orKill('transmission', child, () => untilTaken('transmission answers', child, () => client.isUp()))
  return client
}

/** A running daemon. */
export class TransmissionClient extends ClientBase {
  readonly #network: Network
  readonly #host: string
  #sessionId = ''

  constructor(job: Job, child: Child, network: Network) {
    super('transmission', job, child)
    this.#network = network
    this.#host = job.host
  }

  async isUp(): Promise<boolean> {
    try {
      await this.#call('session-get', {})
      return true
    } catch {
      // Not up yet.
      return false
    }
  }

  /** Gives it the torrent. */
  async add(job: Job): Promise<void> {
    const unwanted = job.select && job.torrent.files.map((_, index) => index).filter((i) => !job.select!.includes(i))
    await this.#call('torrent-add', {
      metainfo: job.torrent.encode(job.trackers ?? []).toString('base64'),
      'download-dir': job.dir,
      paused: false,
      ...(unwanted ? { 'files-unwanted': unwanted } : {}),
    })
  }

  async isReady(mustBeComplete: boolean): Promise<boolean> {
    const torrent = await this.#torrent()
    if (torrent === undefined || VERIFYING.has(torrent.status) || torrent.status === 0) return false
    return !mustBeComplete || torrent.percentDone === 1
  }

  async status(): Promise<Status> {
    this.expectAlive()
    const torrent = await this.#torrent()
    if (torrent === undefined) return { progress: 0, isDone: false, uploaded: 0 }
    if (torrent.errorString !== '') throw withLog(torrent.errorString, 'transmission', this.child)
    const isDone = torrent.leftUntilDone === 0 && torrent.percentDone === 1 && !VERIFYING.has(torrent.status)
    return { progress: torrent.percentDone, isDone, uploaded: torrent.uploadedEver }
  }

  async #torrent(): Promise<Torrent | undefined> {
    const fields = ['status', 'percentDone', 'leftUntilDone', 'errorString', 'uploadedEver']
    const answer = (await this.#call('torrent-get', { fields })) as { torrents: Torrent[] }
    return answer.torrents[0]
  }

  async #call(method: string, args: object): Promise<unknown> {
    const body = JSON.stringify({ method, arguments: args })
    for (;;) {
      const headers = { 'X-Transmission-Session-Id': this.#sessionId, 'Content-Type': 'application/json' }
      const call = {
        host: this.#host,
        port: RPC_PORT,
        method: 'POST',
        path: '/transmission/rpc',
        body,
        headers,
      } as const
      const answer = await this.#network.http(call)
      if (answer.status === 409) {
        this.#sessionId = String(answer.headers['x-transmission-session-id'])
        continue
      }
      const { result, arguments: values } = JSON.parse(answer.body.toString()) as { result: string; arguments: unknown }
      if (result !== 'success') throw new Error(`transmission answers ${result} to ${method}`)
      return values
    }
  }
}
