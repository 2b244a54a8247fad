// The way to the metadata over the connections of a swarm: who is asked for which piece of it, what an answer means, who has
// lied.

import type { Clock } from '@ccbt/primitives'
import type { MetadataMessage } from '@ccbt/wire-protocol'

import { dropped, violated } from '../errors.ts'
import { MetadataAssembly } from './assembly.ts'
import type { MetadataProgress } from './assembly.ts'
import type { MetadataVerdict } from './candidate.ts'
import type { MetadataConnection } from './connection.ts'

/** A peer whose requests timed out or were moved to another may answer all the same, within reason. */
const MAX_UNREQUESTED = 64

/** What an {@link InfoPursuit} works with and tells. */
export interface InfoPursuitParts {
  readonly clock: Pick<Clock, 'now'>
  /** Whether these are the bytes that the hash was taken of. */
  readonly isRight: (bytes: Uint8Array) => boolean
  readonly maxMetadataBytes: number
  /** It has sent what is wrong. */
  readonly onLiar: (connection: MetadataConnection) => void
  /** Called once. */
  readonly onMetadata: (bytes: Uint8Array) => void
}

/** Fetches the info dictionary. */
export class InfoPursuit {
  readonly #parts: InfoPursuitParts
  readonly #assembly: MetadataAssembly<MetadataConnection>
  #isOver = false

  constructor(parts: InfoPursuitParts) {
    this.#parts = parts
    this.#assembly = new MetadataAssembly({ isRight: parts.isRight, maxBytes: parts.maxMetadataBytes })
  }

  get progress(): MetadataProgress {
    return this.#assembly.progress
  }

  /** The peer has metadata of this size. Throws PEER_DROPPED when that is too much. */
  joined(connection: MetadataConnection, metadataSize: number): void {
    if (this.#isOver) return
    if (!this.#assembly.claimed(connection, metadataSize)) {
      throw dropped(`its metadata of ${metadataSize} bytes is above the limit of ${this.#parts.maxMetadataBytes}`)
    }
    this.ask()
  }

  /** Throws PEER_PROTOCOL_VIOLATED for what was not requested, again and again. */
  received(connection: MetadataConnection, message: MetadataMessage): void {
    if (this.#isOver || message.kind === 'request') return
    if (message.kind === 'data') {
      this.#judged(connection, this.#assembly.received(connection, message))
    } else {
      this.#judged(connection, this.#assembly.rejected(connection, message.piece, this.#parts.clock.now()))
    }
  }

  left(connection: MetadataConnection): void {
    this.#assembly.left(connection)
  }

  /** Whether metadata may come of it yet. */
  isPromising(connection: MetadataConnection): boolean {
    return this.#assembly.isPromising(connection)
  }

  /** Requests what is missing of those who may have it. */
  ask(): void {
    if (this.#isOver) return
    const asked = new Set<MetadataConnection>()
    for (const { peer, piece } of this.#assembly.requests(this.#parts.clock.now())) {
      peer.send({ kind: 'request', piece })
      asked.add(peer)
    }
    for (const peer of asked) peer.flush()
  }

  stop(): void {
    this.#isOver = true
  }

  #judged(connection: MetadataConnection, verdict: MetadataVerdict<MetadataConnection>): void {
    switch (verdict.kind) {
      case 'unrequested':
        if (++connection.unrequested > MAX_UNREQUESTED) throw violated('sends metadata that was not requested')
        return
      case 'wrong':
        for (const liar of verdict.liars) this.#parts.onLiar(liar)
        break
      case 'complete':
        for (const liar of verdict.liars) this.#parts.onLiar(liar)
        this.#isOver = true
        this.#parts.onMetadata(verdict.bytes)
        return
      case 'taken':
        break
    }
    this.ask()
  }
}
