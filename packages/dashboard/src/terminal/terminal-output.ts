// Bytes to the terminal. Frames are written by a thread, since a terminal that takes nothing (a slow line, a stopped
// emulator) would stop every download of this process with a blocking write. Modes are few bytes and must be out before a
// process ends, so they are written at once.

import { write, writeSync } from 'node:fs'
import { Writable } from 'node:stream'

/** What a full buffer of the terminal gets to drain, in the middle of setting a mode. */
const RETRIES = 20
const RETRY_MS = 5
/** A frame that is on its way for so long does not arrive: nothing more is written. */
const STUCK_MS = 2000

/** Who hears of the terminal. */
export interface OutputEvents {
  /** The last frame is out. */
  readonly onReady: () => void
  /** Nobody is there any more. */
  readonly onLost: () => void
}

/** Writes to the terminal. */
export class TerminalOutput {
  /** What blessed writes to. */
  readonly modes: Writable
  readonly #fd: number
  readonly #events: OutputEvents
  #frameSinceMs: number | undefined

  constructor(fd: number, events: OutputEvents) {
    this.#fd = fd
    this.#events = events
    this.modes = new Writable({
      decodeStrings: true,
      write: (bytes: Buffer, _, done) => {
        if (!this.isStuck) this.#writeNow(bytes)
        done()
      },
    })
  }

  /** Whether the terminal has taken the last frame. */
  get isReady(): boolean {
    return this.#frameSinceMs === undefined
  }

  get isStuck(): boolean {
    return this.#frameSinceMs !== undefined && performance.now() - this.#frameSinceMs > STUCK_MS
  }

  /** Writes a frame; there must be none on its way. */
  frame(text: string): void {
    if (text === '') return
    this.#frameSinceMs = performance.now()
    this.#writeRest(Buffer.from(text))
  }

  #writeRest(bytes: Buffer): void {
    write(this.#fd, bytes, (error, written) => {
      if (error !== null && error.code !== 'EAGAIN') return this.#events.onLost()
      const rest = bytes.subarray(error === null ? written : 0)
      if (rest.length === 0) return this.#done()
      if (error === null) this.#writeRest(rest)
      else setTimeout(() => this.#writeRest(rest), RETRY_MS)
    })
  }

  #done(): void {
    this.#frameSinceMs = undefined
    this.#events.onReady()
  }

  #writeNow(bytes: Buffer): void {
    let rest = bytes
    for (let i = 0; i < RETRIES && rest.length > 0; i++) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return this.#events.onLost()
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
      }
    }
  }
}
