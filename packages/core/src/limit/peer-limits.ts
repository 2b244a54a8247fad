// What one connection takes from the limits of its torrent, and what of its bytes counts.

import { LimitTaker } from './rate-limit.ts'
import type { RateLimit } from './rate-limit.ts'

/**
 * What limits are about: `payload`, the bytes of blocks alone; `wire`, everything on the line as far as it can be known,
 * with headers of TCP and IP and the acknowledgements of what comes in.
 */
export type CountedBytes = 'payload' | 'wire'

/** A full packet on an Ethernet, and what of it is headers of TCP (with timestamps) and IPv4. */
const PACKET_BYTES = 1500
const HEADER_BYTES = 52
const HEADERS = PACKET_BYTES / (PACKET_BYTES - HEADER_BYTES)
/** Every second packet is acknowledged. */
const ACKNOWLEDGED = HEADER_BYTES / (2 * (PACKET_BYTES - HEADER_BYTES))

/** The limits that hold for a connection, both ways. */
export interface LimitPair {
  readonly download: RateLimit
  readonly upload: RateLimit
  readonly counts: CountedBytes
  /** Who keeps to these limits, where others may take their place. */
  readonly members?: Set<PeerLimits>
}

/** What {@link PeerLimits} call when a wait is over. */
export interface TurnHandler {
  readonly onDownloadTurn: () => void
  readonly onUploadTurn: () => void
}

/** One connection before its limits. */
export class PeerLimits {
  readonly download: LimitTaker
  readonly upload: LimitTaker
  readonly #countsWire: boolean
  readonly #members: Set<PeerLimits> | undefined
  #countedDown = 0
  #countedUp = 0

  constructor(limits: LimitPair, handler: TurnHandler) {
    this.download = new LimitTaker(limits.download, handler.onDownloadTurn)
    this.upload = new LimitTaker(limits.upload, handler.onUploadTurn)
    this.#countsWire = limits.counts === 'wire'
    this.#members = limits.members
    this.#members?.add(this)
  }

  /** Other limits hold from now on. */
  moveTo({ download, upload }: Pick<LimitPair, 'download' | 'upload'>): void {
    this.download.moveTo(download)
    this.upload.moveTo(upload)
  }

  /** `bytes` were read; the payload in all reads together is `payloadTotal` now. */
  received(bytes: number, payloadTotal: number): void {
    if (this.#countsWire) {
      this.download.take(bytes * HEADERS)
      this.upload.take(bytes * ACKNOWLEDGED)
    } else if (payloadTotal > this.#countedDown) this.download.take(payloadTotal - this.#countedDown)
    this.#countedDown = payloadTotal
  }

  /** A block with `payload` bytes was sent; everything written together is `writtenTotal` now. */
  sent(payload: number, writtenTotal: number): void {
    if (this.#countsWire) {
      this.upload.take((writtenTotal - this.#countedUp) * HEADERS)
      this.download.take((writtenTotal - this.#countedUp) * ACKNOWLEDGED)
    } else this.upload.take(payload)
    this.#countedUp = writtenTotal
  }

  /** The connection has ended. */
  leave(): void {
    this.download.leave()
    this.upload.leave()
    this.#members?.delete(this)
  }
}
