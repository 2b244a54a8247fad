// Ends connections of a torrent with those that are refused from now on: the filter was changed, or another torrent has
// found a liar.

import type { CcbtError } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'

import { dropped } from '../errors.ts'
import type { AddressGate } from './address-gate.ts'

/** What of a connection an eviction needs. */
export interface Evictable {
  readonly stream: ByteStream
  close(reason: CcbtError): void
}

/** Watches over the connections of one torrent. */
export class Eviction {
  readonly #gate: AddressGate
  readonly #connections: Iterable<Evictable>
  #version: number

  constructor(gate: AddressGate, connections: Iterable<Evictable>) {
    this.#gate = gate
    this.#connections = connections
    this.#version = gate.version
  }

  /** Called about once a second. */
  tick(): void {
    if (this.#version === this.#gate.version) return
    this.#version = this.#gate.version
    for (const connection of Array.from(this.#connections)) {
      const reason = this.#gate.refusal(connection.stream.remote.host)
      if (reason !== undefined) connection.close(dropped(reason))
    }
  }
}
