// Mappings by PCP (RFC 6887): of ports behind IPv4 NAT, and of holes in an IPv6 firewall.

import { formatEndpoint } from '@ccbt/address'

import { askGateway } from './gateway-exchange.ts'
import type { ExchangeParts, GatewayQuestion } from './gateway-exchange.ts'
import type { Gateway } from './gateways.ts'
import { grantOf, REQUESTED_LIFETIME_S } from './mapping.ts'
import type { MappingMethod, MappingRequest } from './mapping.ts'
import { pcpMapRequest, readPcpAnswer } from './pcp-packets.ts'
import type { PcpAnswer } from './pcp-packets.ts'

/**
 * The first wait of RFC 6887, 8.1.1, and no other: NAT-PMP and UPnP wait behind this one, and a later round asks again.
 */
const WAITS_MS: readonly number[] = [3000]

/** Asks `gateway` by PCP. */
export function createPcp(gateway: Gateway, parts: ExchangeParts): MappingMethod {
  const question = (request: MappingRequest, lifetimeS: number): GatewayQuestion<PcpAnswer> => ({
    gateway,
    waitsMs: WAITS_MS,
    packet: (localIp) => pcpMapRequest(request, lifetimeS, localIp),
    read: (bytes) => readPcpAnswer(bytes, request),
  })
  return {
    via: 'pcp',
    name: `PCP at ${formatEndpoint(gateway.endpoint)}`,
    async map(request, signal) {
      const result = await askGateway(question(request, REQUESTED_LIFETIME_S), parts, signal)
      if (result.kind === 'silent') return result
      const { answer } = result
      if (answer.kind === 'refused') return answer
      if (answer.externalPort === 0 || answer.lifetimeS === 0) return { kind: 'refused', reason: 'nothing was mapped' }
      return { kind: 'granted', grant: grantOf(answer) }
    },
    async unmap(request, signal) {
      await askGateway(question(request, 0), parts, signal)
    },
  }
}
