// Process and disk in numbers. The delay of the event loop is measured from the first question on.

import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { DiskStats } from '@ccbt/core'
import type { SystemView } from '@ccbt/rpc-client'

const WINDOW_MS = 10_000

/** Measures the process. */
export class SystemMeter implements Disposable {
  readonly #disk: () => DiskStats
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  #cpuAt = process.cpuUsage()
  #askedAtMs: number = performance.now()
  #windowSinceMs: number = performance.now()
  #cpu = 0

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
    this.#askedAtMs = now
  }
}
