// A program: announces many torrents to their trackers as one session does, stops them all, and prints what it took as
// one line of JSON. Arguments: a file with an info-hash in hexadecimal on each line, tracker URLs.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { createAnnouncer, createTrackerClient } from '@ccbt/discovery'
import type { TrackerAnnouncer, TrackerClient } from '@ccbt/discovery'
import { fromHex, seededRandom } from '@ccbt/primitives'
import { scaledClock } from '@ccbt/testkit'

/** What {@link import('../many-torrents.test.ts')} looks at. */
export interface Figures {
  readonly torrents: number
  /** Torrents that every tracker answered, in the end. */
  readonly announced: number
  readonly announcedMs: number
  /** At any moment. */
  readonly mostSockets: number
  readonly requests: number
  readonly stopMs: number
  /** What trackers were said to have done wrong, each once. */
  readonly failures: readonly string[]
  /** Goodbyes that were answered. */
  readonly stopped: number
  readonly cpuMs: number
  readonly loopDelayP99Ms: number
  readonly rssMiB: number
}

const GIVE_UP_MS = 90_000

const [file = '', ...urls] = process.argv.slice(2)
const hashes = readFileSync(file, 'utf8').trim().split('\n')
const clock = scaledClock()
const random = seededRandom(process.pid)
const failures = new Set<string>()
const counts = { requests: 0, stopped: 0 }
/** Torrents and the trackers that answered them. */
const answered = new Map<string, Set<string>>(hashes.map((hash) => [hash, new Set()]))

function openSockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      // The descriptor of the listing itself is gone by now.
      return false
    }
  }).length
}

function counting(client: TrackerClient): TrackerClient {
  return {
    families: client.families,
    announce: async (url, request, signal, onTurn) => {
      counts.requests++
      const response = await client.announce(url, request, signal, onTurn)
      if (request.event === 'stopped') counts.stopped++
      return response
    },
    scrape: (url, infoHashes, signal) => client.scrape(url, infoHashes, signal),
  }
}

function announcerOf(client: TrackerClient, hash: string, url: string): TrackerAnnouncer {
  const infoHash = fromHex(hash)!
  return createAnnouncer({
    tiers: [[url]],
    client,
    clock,
    random,
    sink: { peers: () => {} },
    onEvent: (event) => {
      if (event.type === 'working') answered.get(hash)!.add(url)
      else failures.add(event.error.message)
    },
    request: () => ({
      infoHash,
      peerId: new TextEncoder().encode('-CC0001-abcdefghijkl'),
      port: 6881,
      key: 7,
      stats: { uploaded: 0, downloaded: 0, left: 0 },
      wantPeers: false,
    }),
  })
}

const announcedCount = (): number => [...answered.values()].filter(({ size }) => size === urls.length).length

await using opened = createTrackerClient({ userAgent: 'ccbt/test', clock, random })
const client = counting(opened)
const announcers = hashes.flatMap((hash) => urls.map((url) => announcerOf(client, hash, url)))
const before = openSockets()
const startedAt = performance.now()
const startCpu = process.cpuUsage()
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
let mostSockets = 0
for (const announcer of announcers) announcer.start()
while (performance.now() - startedAt < GIVE_UP_MS && announcedCount() < hashes.length) {
  mostSockets = Math.max(mostSockets, openSockets() - before)
  await sleep(100)
}
const announcedMs = performance.now() - startedAt
delay.disable()
const cpu = process.cpuUsage(startCpu)
const announced = announcedCount()
const stoppingAt = performance.now()
await Promise.all(announcers.map((announcer) => announcer.stop()))
const figures: Figures = {
  torrents: hashes.length,
  announced,
  announcedMs: Math.round(announcedMs),
  mostSockets,
  requests: counts.requests,
  failures: [...failures],
  stopMs: Math.round(performance.now() - stoppingAt),
  stopped: counts.stopped,
  cpuMs: Math.round((cpu.user + cpu.system) / 1000),
  loopDelayP99Ms: Math.round(delay.percentile(99) / 1e5) / 10,
  rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
}
console.log(JSON.stringify(figures))
