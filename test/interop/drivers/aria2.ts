// aria2: one process per download, asked over JSON-RPC. It learns peers only from trackers.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { ClientBase, orKill, untilTaken } from './driver.ts'
import type { Client, Driver, Job, Status } from './driver.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

/** Below the ports that the system gives out by itself. */
const RPC_PORTS = { first: 10_000, count: 20_000 }

interface Download {
  readonly status: string
  readonly uploadLength: string
  readonly files: readonly { readonly selected: string; readonly length: string; readonly completedLength: string }[]
}

/** aria2 1.36 and newer. */
export const aria2: Driver = {
  name: 'aria2',
  canBeToldPeers: false,
  refusesLoopback: false,
  makesEmptyFiles: false,
  endsWhenDone: true,
  missing: () => (isInstalled('aria2c') ? undefined : 'aria2c is not installed'),
  start,
}

/** The options that every job shares; `--interface` also chooses the listening address. */
export function aria2Command(job: Job): string[] {
  const common = [
    'aria2c',
    '--no-conf',
    '--enable-dht=false',
    '--enable-dht6=false',
    '--bt-enable-lpd=false',
    '--enable-peer-exchange=false',
    '--follow-torrent=mem',
    '--allow-overwrite=true',
    '--file-allocation=none',
    // Speed: no limit on peers, and no reason to look for more of them.
    '--bt-max-peers=0',
    '--disk-cache=64M',
    '--bt-request-peer-speed-limit=1000M',
    '--bt-tracker-interval=2',
    '--summary-interval=0',
    '--console-log-level=notice',
    '--show-console-readout=false',
    `--dir=${job.dir}`,
    `--listen-port=${job.port}`,
    `--interface=${job.host}`,
    `--max-overall-upload-limit=${job.uploadLimitBps ?? 0}`,
    `--max-overall-download-limit=${job.downloadLimitBps ?? 0}`,
  ]
  const role = job.role === 'seed' ? '--bt-seed-unverified=true' : '--check-integrity=true'
  const end = job.role === 'seed' || job.stay === true ? '--seed-ratio=0.0' : '--seed-time=0'
  const select = job.select ? [`--select-file=${job.select.map((index) => index + 1).join(',')}`] : []
  return [...common, role, end, ...select]
}

async function start(network: Network, job: Job): Promise<Client> {
  mkdirSync(job.work, { recursive: true })
  mkdirSync(job.dir, { recursive: true })
  const torrent = join(job.work, 'job.torrent')
  writeFileSync(torrent, job.torrent.encode(job.trackers ?? []))
  // Every client has an address of its own, but aria2 listens for RPC on 127.0.0.1 only: the port has to differ, from
  // those of test files that run at the same time too.
  const rpcPort = RPC_PORTS.first + ((process.pid * 254 + Number(job.host.split('.')[3])) % RPC_PORTS.count)
  const rpc = ['--enable-rpc=true', `--rpc-listen-port=${rpcPort}`, '--rpc-listen-all=false']
  const child = network.run([...aria2Command(job), ...rpc, torrent])
  const client = new Aria2Client(job, child, network, rpcPort)
  await orKill('aria2', child, () => untilTaken('aria2 has the torrent', child, () => client.hasTaken()))
  return client
}

class Aria2Client extends ClientBase {
  readonly #network: Network
  readonly #rpcPort: number

  constructor(job: Job, child: Child, network: Network, rpcPort: number) {
    super('aria2', job, child)
    this.#network = network
    this.#rpcPort = rpcPort
  }

  async hasTaken(): Promise<boolean> {
    return (await this.#downloads()).some(({ status }) => status === 'active' || status === 'complete')
  }

  async status(): Promise<Status> {
    this.expectAlive(0)
    if (this.child.ended() === 0) return { progress: 1, isDone: true, uploaded: 0 }
    const download = (await this.#downloads())[0]
    if (download === undefined) return { progress: 0, isDone: false, uploaded: 0 }
    const wanted = download.files.filter((file) => file.selected === 'true')
    const length = wanted.reduce((sum, file) => sum + Number(file.length), 0)
    const done = wanted.reduce((sum, file) => sum + Number(file.completedLength), 0)
    return { progress: done / length, isDone: done === length, uploaded: Number(download.uploadLength) }
  }

  /** Its one download; who asks late finds it among those that have ended. */
  async #downloads(): Promise<readonly Download[]> {
    const active = await this.#ask('aria2.tellActive', [])
    return active.length > 0 ? active : await this.#ask('aria2.tellStopped', [0, 1])
  }

  async #ask(method: string, params: readonly number[]): Promise<readonly Download[]> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    try {
      const answer = await this.#network.http({
        host: '127.0.0.1',
        port: this.#rpcPort,
        method: 'POST',
        path: '/jsonrpc',
        body,
      })
      return (JSON.parse(answer.body.toString()) as { result: Download[] }).result
    } catch {
      // Not up yet, or on its way out: the process's end tells the rest.
      return []
    }
  }
}
