// What a mapping is and how one is asked for, whichever protocol does it. Limits here hold for all of them: a gateway
// may not make us come back sooner than a minute, nor stay away for longer than a day.

import { scopeOf } from '@ccbt/address'
import type { IpFamily } from '@ccbt/address'

/** What a mapping is for. */
export type MappedProtocol = 'tcp' | 'udp'

/** Which protocol a gateway was asked by: RFC 6887, RFC 6886, or UPnP's Internet Gateway Device. */
export type MappingVia = 'pcp' | 'nat-pmp' | 'upnp'

/** A port of the gateway that leads to one of ours. */
export interface Mapping {
  readonly protocol: MappedProtocol
  readonly internalPort: number
  /** Where the others reach us; differs from `internalPort` when that was taken. */
  readonly externalPort: number
  /** The gateway's address outside, when it told one that is global. */
  readonly externalIp?: string
  readonly via: MappingVia
}

/** How a wished mapping stands, in one address family. */
export type MappingStatus = {
  readonly protocol: MappedProtocol
  readonly internalPort: number
  readonly family: IpFamily
} & (
  | { readonly state: 'asking' }
  | { readonly state: 'mapped'; readonly mapping: Mapping }
  /** Will be tried again, with growing pauses. */
  | { readonly state: 'failed'; readonly reason: string }
)

/** Asked for with every request; RFC 6886, 3.3 recommends it, and a lost mapping is gone in an hour. */
export const REQUESTED_LIFETIME_S = 3600

// What RFC 6887, 15 recommends to gateways; others are read as these.
const MIN_LIFETIME_S = 120
const MAX_LIFETIME_S = 86_400

/** Bytes of {@link MappingRequest.nonce}. */
export const NONCE_BYTES = 12

/** A wished mapping, as it goes to a gateway. */
export interface MappingRequest {
  readonly protocol: MappedProtocol
  readonly internalPort: number
  /** A wish; the gateway decides. */
  readonly externalPort: number
  /** Proves to a PCP gateway that a renewal comes from who made the mapping (RFC 6887, 11.2): the same for its life. */
  readonly nonce: Uint8Array
}

/** What a gateway gave. */
export interface MappingGrant {
  readonly externalPort: number
  readonly externalIp?: string
  readonly lifetimeS: number
  /** Seconds since the gateway last lost its mappings, when the protocol tells. */
  readonly epochS?: number
}

/** What came of asking: `silent` when nobody answered in a way that can be used, `refused` when somebody said no. */
export type MappingOutcome =
  | { readonly kind: 'granted'; readonly grant: MappingGrant }
  | { readonly kind: 'refused' | 'silent'; readonly reason: string }

/** One protocol at one gateway. Neither function rejects; an aborted `signal` makes them give up. */
export interface MappingMethod {
  readonly via: MappingVia
  /** For people and to tell methods apart: `PCP at 192.168.1.1`. */
  readonly name: string
  /** Makes a mapping or renews it. */
  map(request: MappingRequest, signal: AbortSignal): Promise<MappingOutcome>
  /** Removes a mapping that `map` may have made. */
  unmap(request: MappingRequest, signal: AbortSignal): Promise<void>
}

/** Puts a grant together from what a gateway says: its lifetime within limits, its address only when it is global. */
export function grantOf(told: {
  externalPort: number
  externalIp: string | undefined
  lifetimeS: number
  epochS?: number
}): MappingGrant {
  const { externalIp, ...rest } = told
  return {
    ...rest,
    lifetimeS: Math.min(Math.max(told.lifetimeS, MIN_LIFETIME_S), MAX_LIFETIME_S),
    ...(externalIp !== undefined && scopeOf(externalIp) === 'global' ? { externalIp } : {}),
  }
}
