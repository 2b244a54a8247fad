// Process and disk in numbers. The delay of the event loop is measured from the first question on.

import { cpus } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { DiskStats } from '@ccbt/core'
import type { SystemView } from '@ccbt/rpc-client'

const WINDOW_MS = 10_000
/** Names that Node gives to what is open and is a socket. */
const SOCKET = /^(?:TCP|UDP)/

/** Measures the process. */
export class SystemMeter implements Disposable {
  readonly #disk: () => DiskStats
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #cpuAt = process.cpuUsage()
  #askedAtMs: number = performance.now()
  #windowSinceMs: number = performance.now()
  #cpu = 0
  #coreTimes = coreTimes()
  #cores: readonly number[] = []

  constructor(disk: () => DiskStats) {
    this.#disk = disk
  }

  view(): SystemView {
    this.#delay.enable()
    this.#measureCpu()
    const { rss, heapUsed } = process.memoryUsage()
    const loopDelayP99Ms = this.#delay.percentile(99) / 1e6
    if (performance.now() - this.#windowSinceMs > WINDOW_MS) {
      this.#windowSinceMs = performance.now()
      this.#delay.reset()
    }
    const { queuedBytes, openBytes, cacheBytes, cacheHits, cacheMisses, writtenBytes, readBytes } = this.#disk()
    return {
      rssBytes: rss,
      heapBytes: heapUsed,
      cpu: this.#cpu,
      cores: this.#cores,
      sockets: process.getActiveResourcesInfo().filter((name) => SOCKET.test(name)).length,
      loopDelayP99Ms,
      disk: { queuedBytes, openBytes, cacheBytes, cacheHits, cacheMisses, writtenBytes, readBytes },
    }
  }

  [Symbol.dispose](): void {
    this.#delay.disable()
  }

  /** Several faces may ask in one second: each sees the share since at least a second ago. */
  #measureCpu(): void {
    const now = performance.now()
    if (now - this.#askedAtMs < 1000) return
    const { user, system } = process.cpuUsage(this.#cpuAt)
    this.#cpu = (user + system) / 1000 / (now - this.#askedAtMs)
    this.#cpuAt = process.cpuUsage()
    const before = this.#coreTimes
    this.#coreTimes = coreTimes()
    this.#cores = this.#coreTimes.map((core, n) => busyShare(before[n] ?? core, core))
    this.#askedAtMs = now
  }
}

interface CoreTimes {
  readonly busy: number
  readonly all: number
}

/** Milliseconds since the machine began, by core. */
function coreTimes(): CoreTimes[] {
  return cpus().map(({ times: { user, nice, sys, irq, idle } }) => {
    const busy = user + nice + sys + irq
    return { busy, all: busy + idle }
  })
}

function busyShare(before: CoreTimes, after: CoreTimes): number {
  return (after.busy - before.busy) / Math.max(1, after.all - before.all)
}
