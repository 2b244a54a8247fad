// Mappings by NAT-PMP (RFC 6886), which knows IPv4 only.

import { formatEndpoint } from '@ccbt/address'

import { askGateway } from './gateway-exchange.ts'
import type { ExchangeParts } from './gateway-exchange.ts'
import type { Gateway } from './gateways.ts'
import { grantOf, REQUESTED_LIFETIME_S } from './mapping.ts'
import type { MappingMethod, MappingRequest } from './mapping.ts'
import { natPmpAddressRequest, natPmpMapRequest, readNatPmpAddress, readNatPmpMapping } from './nat-pmp-packets.ts'

/**
 * RFC 6886, 3.1 doubles up to 64 s, two minutes in all. A gateway answers within milliseconds, and UPnP waits behind
 * this one: four times is enough for packets that are lost.
 */
const WAITS_MS: readonly number[] = [250, 500, 1000, 2000]

/** Asks `gateway` by NAT-PMP. */
export function createNatPmp(gateway: Gateway, parts: ExchangeParts): MappingMethod {
  const question = { gateway, waitsMs: WAITS_MS }
  const mapping = (request: MappingRequest, lifetimeS: number) => ({
    ...question,
    packet: () => natPmpMapRequest(request, lifetimeS),
    read: (bytes: Uint8Array) => readNatPmpMapping(bytes, request),
  })
  /** The mapping is worth something without it. */
  const externalIp = async (signal: AbortSignal): Promise<string | undefined> => {
    const result = await askGateway(
      { ...question, packet: natPmpAddressRequest, read: readNatPmpAddress },
      parts,
      signal,
    )
    return result.kind === 'answered' && result.answer.kind === 'granted' ? result.answer.value : undefined
  }
  return {
    via: 'nat-pmp',
    name: `NAT-PMP at ${formatEndpoint(gateway.endpoint)}`,
    async map(request, signal) {
      const result = await askGateway(mapping(request, REQUESTED_LIFETIME_S), parts, signal)
      if (result.kind === 'silent') return result
      if (result.answer.kind === 'refused') return result.answer
      const { externalPort, lifetimeS, epochS } = result.answer.value
      if (externalPort === 0 || lifetimeS === 0) return { kind: 'refused', reason: 'nothing was mapped' }
      const told = { externalPort, lifetimeS, epochS, externalIp: await externalIp(signal) }
      return { kind: 'granted', grant: grantOf(told) }
    },
    async unmap(request, signal) {
      await askGateway(mapping(request, 0), parts, signal)
    },
  }
}
