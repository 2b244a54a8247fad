// The addresses of their own where metrics are served, which may become others while the daemon runs.

import type { HttpListener } from '../http/server.ts'
import { listenMetrics } from './endpoint.ts'
import type { Metrics } from './metrics.ts'

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string
  readonly port: number
}

/** Listens at all addresses until it is disposed. */
export class MetricsListeners implements AsyncDisposable {
  readonly #metrics: Pick<Metrics, 'render'>
  readonly #listeners = new Map<string, HttpListener>()

  constructor(metrics: Pick<Metrics, 'render'>) {
    this.#metrics = metrics
  }

  /**
   * Listens at these addresses and no others. Rejects with DAEMON_LISTEN_FAILED where one is taken, and listens at all others
   * then. One call at a time.
   */
  async follow(addresses: readonly MetricsAddress[]): Promise<void> {
    const wanted = new Map(addresses.map((address) => [`${address.host} ${address.port}`, address]))
    for (const [name, listener] of this.#listeners) {
      if (wanted.has(name)) continue
      this.#listeners.delete(name)
      await listener[Symbol.asyncDispose]()
    }
    const failures: unknown[] = []
    for (const [name, address] of wanted) {
      if (this.#listeners.has(name)) continue
      try {
        this.#listeners.set(name, await listenMetrics(address, this.#metrics))
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.follow([])
  }
}
