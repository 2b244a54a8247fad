// What a run of the benchmarks is made of: the options, a private network, data in memory, and the clients there are.

import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statfsSync, unlinkSync, writeSync } from 'node:fs'
import { cpus, totalmem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { aria2 } from '../../test/interop/drivers/aria2.ts'
import { ccbt } from '../../test/interop/drivers/ccbt.ts'
import type { Driver, Job } from '../../test/interop/drivers/driver.ts'
import { libtorrent } from '../../test/interop/drivers/libtorrent.ts'
import { openNetwork } from '../../test/interop/drivers/network.ts'
import type { Network } from '../../test/interop/drivers/network.ts'
import { rtorrent } from '../../test/interop/drivers/rtorrent.ts'
import { startSwarmTracker } from '../../test/interop/drivers/trackers.ts'
import { transmission } from '../../test/interop/drivers/transmission.ts'
import { writeData } from '../../test/interop/fixture.ts'
import { makeTorrent } from '../../test/interop/torrent-file.ts'
import type { TestTorrent } from '../../test/interop/torrent-file.ts'
import type { Options } from './options.ts'

const MIB = 1024 * 1024

/** Every client that can be measured; ccbt first. */
export const DRIVERS: readonly Driver[] = [ccbt, libtorrent, aria2, rtorrent, transmission]

/** A torrent of one file and where the file is. */
export interface Material {
  readonly torrent: TestTorrent
  readonly folder: string
  readonly path: string
}

/** The place where everything runs. */
export class Setting implements AsyncDisposable {
  readonly options: Options
  readonly network: Network
  readonly root: string
  readonly drivers: readonly Driver[]
  /** Why the others do not take part. */
  readonly skipped: readonly string[]
  #hosts = 10

  constructor(options: Options, network: Network) {
    this.options = options
    this.network = network
    this.root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ccbt-bench-'))
    const asked = DRIVERS.filter((driver) => options.clients.length === 0 || options.clients.includes(driver.name))
    this.drivers = asked.filter((driver) => this.#reasonToSkip(driver) === undefined)
    this.skipped = asked.flatMap((driver) => {
      const reason = this.#reasonToSkip(driver)
      return reason === undefined ? [] : [`${driver.name}: ${reason}`]
    })
  }

  /** A job with an address and folders of its own. Each call uses another address. */
  job(role: Job['role'], material: Material, rest: Partial<Job> = {}): Job {
    this.#hosts = this.#hosts >= 200 ? 11 : this.#hosts + 1
    const base = join(this.root, 'jobs', String(this.#hosts))
    const places = { host: this.network.address(this.#hosts), port: 20_000 + this.#hosts, work: join(base, 'state') }
    const dir = role === 'seed' ? material.folder : join(base, 'data')
    return { role, torrent: material.torrent, dir, ...places, ...rest }
  }

  /** Deletes what jobs have written. */
  clearJobs(): void {
    rmSync(join(this.root, 'jobs'), { recursive: true, force: true })
  }

  /** A file with a torrent; `pieceLength` as a download of that size would have it. */
  makeMaterial(name: string, sizeMib: number, pieceLength: number): Material {
    const folder = join(this.root, 'source')
    const path = join(folder, name)
    this.requireSpace(sizeMib * MIB)
    writeData(path, sizeMib * MIB, sizeMib)
    const torrent = makeTorrent(name, [{ path: [], length: sizeMib * MIB }], pieceLength, folder)
    return { torrent, folder, path }
  }

  /** Fails early instead of in the middle of a round. */
  requireSpace(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.root)
    if (bavail * bsize < bytes) {
      const mib = (amount: number): string => `${Math.round(amount / MIB)} MiB`
      throw new Error(`${this.root} has ${mib(bavail * bsize)} left, ${mib(bytes)} are needed: choose a smaller --size`)
    }
  }

  /** A tracker that knows just these peers. */
  async tracker(peers: readonly string[], isOpen = false): ReturnType<typeof startSwarmTracker> {
    const place = { host: this.network.address(9), port: 6969, work: join(this.root, 'tracker') }
    return await startSwarmTracker(this.network, place, peers, isOpen)
  }

  /**
   * Touches as much memory as the next run will write: on a virtual machine the first touch of a page costs several
   * times what a later one does.
   */
  warm(bytes: number): void {
    const path = join(this.root, 'warm')
    const block = Buffer.alloc(MIB, 0xa5)
    const file = openSync(path, 'w')
    for (let done = 0; done < bytes; done += MIB) writeSync(file, block)
    closeSync(file)
    unlinkSync(path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network[Symbol.asyncDispose]()
    rmSync(this.root, { recursive: true, force: true })
  }

  #reasonToSkip(driver: Driver): string | undefined {
    const missing = driver.missing()
    if (missing !== undefined || !driver.refusesLoopback) return missing
    const { onlyLoopback } = this.network
    return onlyLoopback === undefined ? undefined : `it refuses loopback addresses, and ${onlyLoopback}`
  }
}

/** Makes the place. */
export async function openSetting(options: Options): Promise<Setting> {
  return new Setting(options, await openNetwork())
}

/** The machine in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  return `${model}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 / MIB)} GiB, Node ${process.versions.node}`
}
