// Puts clients, trackers and data together for one test file, and takes everything down after each test.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { ccbt } from './drivers/ccbt.ts'
import { waitFor } from './drivers/child.ts'
import { withLog } from './drivers/driver.ts'
import type { Client, Driver, Job } from './drivers/driver.ts'
import { libtorrent } from './drivers/libtorrent.ts'
import { openNetwork } from './drivers/network.ts'
import type { Network } from './drivers/network.ts'
import { startSwarmTracker } from './drivers/trackers.ts'
import { differences, makeFixture } from './fixture.ts'
import type { Fixture } from './fixture.ts'
import type { TestTorrent } from './torrent-file.ts'

/** Long enough for Transmission, which looks for peers every 10 s, on a loaded machine. */
export const TRANSFER_MS = 120_000

/**
 * The client under test. With CCBT_INTEROP_SUBJECT=libtorrent another client takes ccbt's place: a test that fails then
 * as well says something about the test and nothing about ccbt.
 */
export const subject: Driver = process.env['CCBT_INTEROP_SUBJECT'] === 'libtorrent' ? libtorrent : ccbt

/** What a test may say about a client's job; the rest is made up. */
export type JobWish = Partial<
  Pick<Job, 'dir' | 'select' | 'uploadLimitBps' | 'downloadLimitBps' | 'isEncrypted' | 'stay' | 'trackers'>
> & {
  /** Addresses it shall connect to, told or through a tracker of its own. */
  readonly from?: readonly string[]
}

/** A client that was started, and the job to start it again with. */
export interface Participant {
  readonly client: Client
  readonly driver: Driver
  readonly job: Job
}

/** The place where the tests of a file happen. */
export class Arena implements AsyncDisposable {
  readonly network: Network
  readonly fixture: Fixture
  #hosts = 1
  #running: AsyncDisposable[] = []

  constructor(network: Network, fixture: Fixture) {
    this.network = network
    this.fixture = fixture
  }

  /** Why this driver cannot take part here, or nothing. */
  reasonToSkip(driver: Driver): string | undefined {
    const missing = driver.missing()
    if (missing !== undefined || !driver.refusesLoopback) return missing
    const { onlyLoopback } = this.network
    return onlyLoopback === undefined ? undefined : `${driver.name} refuses loopback addresses, and ${onlyLoopback}`
  }

  /** An address that nobody has in this test file. */
  nextHost(): string {
    this.#hosts += 1
    return this.network.address(this.#hosts)
  }

  /** A new folder. */
  folder(name: string): string {
    return join(this.fixture.root, `${name}-${this.#hosts}`)
  }

  /** A client that has all data and serves it. */
  async seed(driver: Driver, torrent: TestTorrent, wish: JobWish = {}): Promise<Participant> {
    return await this.#start(driver, 'seed', torrent, { dir: this.fixture.source, ...wish })
  }

  /** A client that downloads what it lacks. */
  async download(driver: Driver, torrent: TestTorrent, wish: JobWish = {}): Promise<Participant> {
    return await this.#start(driver, 'download', torrent, wish)
  }

  /** The same client with the same files and the same address, without limits. */
  async restart(participant: Participant): Promise<Participant> {
    const job = { ...participant.job, uploadLimitBps: 0, downloadLimitBps: 0 }
    const client = await participant.driver.start(this.network, job)
    this.#running.push(client)
    return { ...participant, client, job }
  }

  /** Waits until it has everything it wants and compares that with the source. */
  async expectComplete(participant: Participant, timeoutMs: number = TRANSFER_MS): Promise<void> {
    const { client, driver, job } = participant
    const what = `${client.name} completes`
    await waitFor(what, timeoutMs, async () => (await client.status()).isDone).catch((error: unknown) => {
      throw withLog(error, client.name, client.child)
    })
    const options = { ...(job.select ? { only: job.select } : {}), ignoreEmpty: !driver.makesEmptyFiles }
    const found = (): string[] => differences(this.fixture, job.torrent, job.dir, options)
    // Some say that they are done a moment before the last bytes are in the file; ccbt may not.
    if (driver !== ccbt) await waitFor('the files are whole', 30_000, () => found().length === 0).catch(() => undefined)
    expect(found()).toEqual([])
  }

  /** Waits until it has this part of what it wants, and tells how much it has. */
  async expectProgress(participant: Participant, part: number): Promise<number> {
    const { client } = participant
    const progress = await waitFor(`${client.name} has ${part * 100} %`, TRANSFER_MS, async () => {
      const status = await client.status()
      return status.progress >= part && status.progress
    }).catch((error: unknown) => {
      throw withLog(error, client.name, client.child)
    })
    expect(progress, 'killed too late to prove anything').toBeLessThan(1)
    return progress
  }

  /** Something to be stopped after the test, last started first. */
  use<T extends AsyncDisposable>(resource: T): T {
    this.#running.push(resource)
    return resource
  }

  /** Ends everything that the test started and deletes what it wrote. */
  async clear(): Promise<void> {
    const running = this.#running.toReversed()
    this.#running = []
    for (const resource of running) await resource[Symbol.asyncDispose]()
    rmSync(join(this.fixture.root, 'clients'), { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clear()
    await this.network[Symbol.asyncDispose]()
    this.fixture[Symbol.dispose]()
  }

  async #start(driver: Driver, role: Job['role'], torrent: TestTorrent, wish: JobWish): Promise<Participant> {
    const { from, ...settings } = wish
    const host = this.nextHost()
    const base = join(this.fixture.root, 'clients', `${driver.name}-${this.#hosts}`)
    const [work, dir] = [join(base, 'state'), join(base, 'data')]
    const peers = from && (driver.canBeToldPeers ? { peers: from } : { trackers: [await this.#trackerOf(from)] })
    const port = 20_000 + this.#hosts
    const job: Job = { role, torrent, host, port, work, dir, ...peers, ...settings }
    const client = await driver.start(this.network, job)
    this.#running.push(client)
    return { client, driver, job }
  }

  async #trackerOf(peers: readonly string[]): Promise<string> {
    const host = this.nextHost()
    const place = { host, port: 6969, work: this.folder('tracker') }
    return this.use(await startSwarmTracker(this.network, place, peers)).httpUrl
  }
}

/** Makes the place. */
export async function openArena(): Promise<Arena> {
  return new Arena(await openNetwork(), makeFixture())
}
