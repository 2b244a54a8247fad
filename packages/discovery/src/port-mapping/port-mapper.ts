// Makes ports of this machine reachable from outside, where a gateway lets us. Everything about it is a favour of the
// network: nothing fails without it, and it is never waited for. While nothing is mapped, nothing is sent.

import { boundFamilies, familyOf } from '@ccbt/address'
import type { BindAddresses, Endpoint, IpFamily } from '@ccbt/address'
import type { Clock, Random } from '@ccbt/primitives'

import { Deadline } from '../tracker/deadline.ts'
import { FamilyMapper, MAX_MAPPINGS } from './family-mapper.ts'
import { findGateways } from './gateways.ts'
import type { Gateway } from './gateways.ts'
import type { MappedProtocol, Mapping, MappingMethod, MappingStatus } from './mapping.ts'
import { createNatPmp } from './nat-pmp.ts'
import { createPcp } from './pcp.ts'
import { createUpnp } from './upnp.ts'

/** Time for removing all mappings at the end. */
const REMOVE_TIMEOUT_MS = 2000

/** Settings of {@link createPortMapper}. */
export interface PortMapperOptions {
  readonly clock: Clock
  /** PCP's nonces come from it, which keep others from changing a mapping: not to be guessed. */
  readonly random: Random
  /** Only the networks of these addresses are asked. */
  readonly bind?: BindAddresses
  /** Told to UPnP gateways, which show it in their lists. */
  readonly userAgent: string
  /** A port is mapped, or mapped in another way than before; not called for renewals. */
  readonly onMapped?: (mapping: Mapping) => void
  /** An IPv4 port cannot be mapped: one line that a person understands. It will be tried again. */
  readonly onFailed?: (reason: string) => void
  /** Asked instead of those of the default routes. */
  readonly gateways?: readonly Endpoint[]
  /** Asked for UPnP devices instead of the whole network. */
  readonly ssdp?: Endpoint
}

/** Keeps ports mapped. Disposing it removes the mappings from the gateway, within 2 s. */
export interface PortMapper extends AsyncDisposable {
  /**
   * Wishes that `port` of this machine can be reached, in all families. More than 16 wishes are reported to `onFailed`
   * and dropped.
   */
  map(protocol: MappedProtocol, port: number): void
  /** Takes a wish back; the mapping is removed soon. */
  unmap(protocol: MappedProtocol, port: number): void
  /** How each wish stands in each family. */
  status(): readonly MappingStatus[]
}

/**
 * Maps ports by PCP (RFC 6887), NAT-PMP (RFC 6886) or UPnP, whichever works first, for an hour at a time. In IPv6 only
 * PCP is used: it opens the gateway's firewall.
 * @example
 * await using mapper = createPortMapper({ clock, random, userAgent: 'ccbt/1.0', onMapped: (m) => announce(m) })
 * mapper.map('tcp', 6881)
 */
export function createPortMapper(options: PortMapperOptions): PortMapper {
  const mappers = boundFamilies(options.bind ?? {}).map((family) => createFamilyMapper(family, options))
  return {
    map(protocol, port) {
      const isTaken = mappers.every((mapper) => mapper.map(protocol, port))
      if (!isTaken) options.onFailed?.(`no more than ${MAX_MAPPINGS} ports are mapped; port ${port} is not`)
    },
    unmap(protocol, port) {
      for (const mapper of mappers) mapper.unmap(protocol, port)
    },
    status: () => mappers.flatMap((mapper) => mapper.status()),
    async [Symbol.asyncDispose]() {
      using deadline = new Deadline(options.clock, REMOVE_TIMEOUT_MS, new AbortController().signal)
      await Promise.all(mappers.map((mapper) => mapper.stop(deadline.signal)))
    },
  }
}

function createFamilyMapper(family: IpFamily, options: PortMapperOptions): FamilyMapper {
  const { clock, random, onMapped, onFailed } = options
  return new FamilyMapper({
    family,
    clock,
    random,
    methods: () => findMethods(family, options),
    onMapped: (mapping) => onMapped?.(mapping),
    // Gateways that open IPv6 firewalls are rare, and their absence is no failure.
    onFailed: (reason) => (family === 'ipv4' ? onFailed?.(reason) : undefined),
  })
}

async function findMethods(family: IpFamily, options: PortMapperOptions): Promise<MappingMethod[]> {
  const gateways = await gatewaysOf(family, options)
  if (gateways === undefined) return []
  const pcp = gateways.map((gateway) => createPcp(gateway, options))
  if (family === 'ipv6') return pcp
  const natPmp = gateways.map((gateway) => createNatPmp(gateway, options))
  const { clock, random, userAgent, bind, ssdp } = options
  const hosts = gateways.map(({ endpoint }) => endpoint.host)
  const upnp = createUpnp({ clock, random, userAgent, ssdp, from: bind?.v4, gateways: hosts })
  return [...pcp, ...natPmp, upnp]
}

async function gatewaysOf(family: IpFamily, { bind, gateways }: PortMapperOptions): Promise<Gateway[] | undefined> {
  const from = family === 'ipv4' ? bind?.v4 : bind?.v6
  if (gateways === undefined) return await findGateways(family, from)
  const ofFamily = gateways.filter(({ host }) => familyOf(host) === family)
  return ofFamily.map((endpoint) => ({ endpoint, from }))
}
