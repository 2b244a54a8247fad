// The DHT node of a session. It is started with the first torrent that may use it; its nodes are kept for the next run.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { isLocalIp } from '@ccbt/address'
import type { BindAddresses, Endpoint } from '@ccbt/address'
import type { Dht, DhtOptions, DhtStats, SavedNodes } from '@ccbt/discovery'
import { isCcbtError } from '@ccbt/primitives'
import type { Clock, Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'
import type { UtpFactory } from '@ccbt/transport'

import type { SessionEvent } from '../events.ts'
import { replaceStateFile } from '../state-file.ts'

const FILE_NAME = 'dht.json'
const MAX_FILE_BYTES = 65_536
const SAVE_EVERY_MS = 15 * 60_000

/** What a session's DHT node goes by. */
export interface DhtAccessOptions {
  readonly clock: Clock
  readonly random: Random
  readonly bind: BindAddresses
  readonly bootstrap: readonly Endpoint[]
  readonly stateDir: string
  /** The port of peer connections: the node uses the same one when it can. */
  readonly listenPort: () => number
  /** Has the UDP port of peer connections, if they use one. */
  readonly utp: Pick<UtpFactory, 'openLane'> | undefined
  /** The way to all nodes: then none can reach us. Absent = straight. */
  readonly relay?: NonNullable<Proxy['relay']>
  readonly emit: (event: SessionEvent) => void
}

/** Opens the node once, when it is first needed. */
export class DhtAccess implements AsyncDisposable {
  readonly #options: DhtAccessOptions
  #opened: Promise<Dht | undefined> | undefined
  #dht: Dht | undefined
  #cancelSave: (() => void) | undefined

  constructor(options: DhtAccessOptions) {
    this.#options = options
  }

  /** `undefined` when no port can be opened, which is told as an event. */
  open(): Promise<Dht | undefined> {
    this.#opened ??= this.#start()
    return this.#opened
  }

  /** The node's UDP port, 0 before it is open. */
  get port(): number {
    return this.#dht?.port ?? 0
  }

  /** Undefined before it is open. */
  stats(): DhtStats | undefined {
    return this.#dht?.stats()
  }

  /** A peer said that it runs a node there. */
  addNode(address: Endpoint): void {
    this.#dht?.addNode(address)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancelSave?.()
    const dht = await this.#opened
    if (dht === undefined) return
    await this.#save(dht)
    await dht[Symbol.asyncDispose]()
  }

  async #start(): Promise<Dht | undefined> {
    const { createDht } = await import('@ccbt/discovery')
    const { clock, random, bind, bootstrap, emit } = this.#options
    const saved = await this.#load()
    const settings = {
      clock,
      random,
      bind,
      bootstrap,
      // Who names a local router has a local network of his own.
      allowLocal: bootstrap.some(({ host }) => isLocalIp(host)),
      ...(saved === undefined ? {} : { saved }),
      ...this.#way(),
    }
    for (const port of [this.#options.listenPort(), 0]) {
      try {
        this.#dht = await createDht({ ...settings, port })
        break
      } catch (error) {
        if (!isCcbtError(error, 'DHT_LISTEN_FAILED')) throw error
        if (port === 0) emit({ type: 'source-failed', source: 'dht', reason: error.message })
      }
    }
    if (this.#dht !== undefined) this.#saveLater(this.#dht)
    return this.#dht
  }

  #way(): Partial<DhtOptions> {
    const { utp, relay, emit } = this.#options
    if (relay === undefined) return utp === undefined ? {} : { sharedSocket: utp.openLane }
    const onRelayFailed = (reason: string): void => emit({ type: 'source-failed', source: 'dht', reason })
    return { relay, readOnly: true, onRelayFailed }
  }

  #saveLater(dht: Dht): void {
    this.#cancelSave = this.#options.clock.after(SAVE_EVERY_MS, () => {
      this.#saveLater(dht)
      void this.#save(dht)
    })
  }

  /** What is in the file is a hint: without it the next run takes longer to join. */
  async #load(): Promise<SavedNodes | undefined> {
    try {
      const text = await readFile(join(this.#options.stateDir, FILE_NAME), 'utf8')
      const value: unknown = text.length > MAX_FILE_BYTES ? undefined : JSON.parse(text)
      return typeof value === 'object' && value !== null ? value : undefined
    } catch {
      return undefined
    }
  }

  async #save(dht: Dht): Promise<void> {
    const { stateDir, emit } = this.#options
    try {
      await replaceStateFile(join(stateDir, FILE_NAME), JSON.stringify(dht.saved()))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      emit({ type: 'source-failed', source: 'dht', reason: `its nodes cannot be saved: ${reason}` })
    }
  }
}
