// Trackers as programs in the network: one whose answers are fixed, opentracker, and ccbt's own.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ccbtCommand } from './ccbt.ts'
import type { Child } from './child.ts'
import { orKill, untilTaken } from './driver.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

/** A running tracker. */
export interface Tracker extends AsyncDisposable {
  readonly httpUrl: string
  readonly udpUrl: string
  readonly child: Child
}

/** Where a tracker listens. */
export interface TrackerPlace {
  readonly host: string
  readonly port: number
  /** An empty folder of its own. */
  readonly work: string
}

/** A tracker that gives everybody just `peers`; with `isOpen` also those who announced. */
export async function startSwarmTracker(
  network: Network,
  place: TrackerPlace,
  peers: readonly string[],
  isOpen = false,
): Promise<Tracker> {
  const script = join(import.meta.dirname, 'swarm-tracker.ts')
  const mode = isOpen ? 'open' : 'fixed'
  const child = network.run([process.execPath, script, place.host, String(place.port), mode, ...peers])
  return await ready(network, place, child, () => child.log().includes('ready'))
}

/** Why opentracker cannot be used, or nothing. */
export function opentrackerMissing(): string | undefined {
  return isInstalled('opentracker') ? undefined : 'opentracker is not installed'
}

/** opentracker for one torrent: Debian's build serves only those on a whitelist. */
export async function startOpentracker(network: Network, place: TrackerPlace, infoHash: string): Promise<Tracker> {
  mkdirSync(place.work, { recursive: true })
  // As root it confines itself to the folder and becomes nobody; every folder above has to let nobody pass.
  chmodSync(place.work, 0o755)
  const isRoot = process.getuid?.() === 0
  const whitelist = join(place.work, 'whitelist')
  writeFileSync(whitelist, `${infoHash}\n`)
  const port = String(place.port)
  const where = ['-i', place.host, '-p', port, '-P', port, '-d', place.work, '-w', isRoot ? 'whitelist' : whitelist]
  const child = network.run(['opentracker', ...where], { cwd: place.work })
  return await ready(network, place, child, () => answers(network, place, '/stats'))
}

/** `ccbt tracker`. */
export async function startCcbtTracker(network: Network, place: TrackerPlace): Promise<Tracker> {
  const child = network.run(ccbtCommand('tracker', '--host', place.host, '--port', String(place.port)))
  return await ready(network, place, child, () => child.log().includes('http://'))
}

async function answers(network: Network, place: TrackerPlace, path: string): Promise<boolean> {
  try {
    await network.http({ host: place.host, port: place.port, path })
    return true
  } catch {
    // Not up yet.
    return false
  }
}

async function ready(
  network: Network,
  place: TrackerPlace,
  child: Child,
  isUp: () => boolean | Promise<boolean>,
): Promise<Tracker> {
  await orKill('tracker', child, () => untilTaken('the tracker is up', child, isUp))
  const authority = `${place.host}:${place.port}`
  return {
    httpUrl: `http://${authority}/announce`,
    udpUrl: `udp://${authority}/announce`,
    child,
    [Symbol.asyncDispose]: () => child.stop(),
  }
}
