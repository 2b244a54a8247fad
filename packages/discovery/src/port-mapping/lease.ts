// One wished mapping in one address family: how it stands, and when it is to be asked for again. Pure; the times are
// what keeps every gateway, also one that lies, from making us ask in a hot loop.

import type { IpFamily } from '@ccbt/address'

import type { MappedProtocol, Mapping, MappingGrant, MappingMethod, MappingRequest, MappingStatus } from './mapping.ts'

/** First pause after a failure; doubled each time, up to the longest. */
const FIRST_RETRY_MS = 60_000
const MAX_RETRY_MS = 3_600_000
/** Between two requests for one mapping, whatever the gateway says. */
const MIN_PAUSE_MS = 30_000

/** What a mapping is wished for. */
export interface Wish {
  readonly protocol: MappedProtocol
  readonly internalPort: number
  readonly nonce: Uint8Array
}

/** The life of one mapping. */
export class Lease {
  readonly wish: Wish
  /** False: to be removed from the gateway, then forgotten. */
  isWanted = true
  #dueAtMs: number
  #askedAtMs = -MIN_PAUSE_MS
  #expiresAtMs = 0
  #failures = 0
  #externalPort: number
  #held: { readonly mapping: Mapping; readonly method: MappingMethod } | undefined
  #reason: string | undefined

  constructor(wish: Wish, nowMs: number) {
    this.wish = wish
    this.#dueAtMs = nowMs
    this.#externalPort = wish.internalPort
  }

  /** When it is to be asked for; at once when it is to be removed. */
  get dueAtMs(): number {
    return this.isWanted ? this.#dueAtMs : -Infinity
  }

  /** What to ask for: the port outside that it had, if any. */
  get request(): MappingRequest {
    return { ...this.wish, externalPort: this.#externalPort }
  }

  /** The mapping, and who gave it. */
  get held(): { readonly mapping: Mapping; readonly method: MappingMethod } | undefined {
    return this.#held
  }

  status(family: IpFamily): MappingStatus {
    const { protocol, internalPort } = this.wish
    const common = { protocol, internalPort, family }
    if (this.#held !== undefined) return { ...common, state: 'mapped', mapping: this.#held.mapping }
    return this.#reason === undefined
      ? { ...common, state: 'asking' }
      : { ...common, state: 'failed', reason: this.#reason }
  }

  /** Somebody gets the request now. */
  asked(nowMs: number): void {
    this.#askedAtMs = nowMs
  }

  /** Renewed at half of its life (RFC 6886, 3.3). True when the mapping is new, or differs from what it was. */
  granted(grant: MappingGrant, method: MappingMethod, nowMs: number): boolean {
    const { protocol, internalPort } = this.wish
    const { externalPort, externalIp, lifetimeS } = grant
    const { via } = method
    const before = this.#held?.mapping
    const outside = { externalPort, ...(externalIp === undefined ? {} : { externalIp }) }
    this.#held = { mapping: { protocol, internalPort, ...outside, via }, method }
    this.#externalPort = externalPort
    this.#expiresAtMs = nowMs + lifetimeS * 1000
    this.#failures = 0
    this.#reason = undefined
    this.#dueAtMs = nowMs + lifetimeS * 500
    return before?.externalPort !== externalPort || before.externalIp !== externalIp || before.via !== via
  }

  /** No answer to a renewal: asked again at half of what is left (RFC 6887, 11.2.1). False when it is over. */
  holdOn(nowMs: number): boolean {
    const leftMs = this.#expiresAtMs - nowMs
    if (this.#held === undefined || leftMs < MIN_PAUSE_MS) return false
    this.#dueAtMs = nowMs + Math.max(leftMs / 2, MIN_PAUSE_MS)
    return true
  }

  /** There is no mapping, or none any more. */
  failed(reason: string, nowMs: number): void {
    this.#held = undefined
    this.#reason = reason
    this.#dueAtMs = nowMs + Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS)
    this.#failures++
  }

  /** The gateway forgot it: asked for again as soon as the pause allows. */
  lost(nowMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, Math.max(nowMs, this.#askedAtMs + MIN_PAUSE_MS))
  }
}
