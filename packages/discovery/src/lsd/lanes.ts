// The ways onto the local network: one per network interface and address family. With bound addresses only the
// interfaces that have them, even the loopback; without, all but the loopback.

import type { NetworkInterfaceInfo } from 'node:os'

import { boundFamilies } from '@ccbt/address'
import type { BindAddresses, IpFamily } from '@ccbt/address'
import { BlockList } from 'node:net'

/** The system's network interfaces by name, as `os.networkInterfaces()` gives them. */
export type NetworkInterfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** Each takes a socket; machines with hundreds of interfaces have them for containers. */
const MAX_LANES = 16

/** A network interface as one address family sees it. */
export interface Lane {
  readonly family: IpFamily
  /** How multicast options name the interface: an address of it (IPv4), or `::%name`. */
  readonly multicastInterface: string
  /** What the sending socket binds to. */
  readonly bindAddress: string
  /** The subnets of the interface: `address/prefix`. */
  readonly subnets: readonly string[]
}

/** At most 16 lanes; further interfaces are left out. */
export function lanesOf(interfaces: NetworkInterfaces, bind: BindAddresses): Lane[] {
  const lanes: Lane[] = []
  for (const [name, infos = []] of Object.entries(interfaces)) {
    for (const family of boundFamilies(bind)) {
      const lane = laneOf(
        name,
        infos.filter((info) => familyOfInfo(info) === family),
        bind,
      )
      if (lane !== undefined && lanes.length < MAX_LANES) lanes.push(lane)
    }
  }
  return lanes
}

/** Tells whether an address is in a subnet of one of the lanes. */
export function onLink(lanes: readonly Lane[]): (ip: string, family: IpFamily) => boolean {
  const list = new BlockList()
  for (const { family, subnets } of lanes) {
    for (const subnet of subnets) {
      const [address = '', prefix] = subnet.split('/')
      list.addSubnet(address, Number(prefix), family)
    }
  }
  return (ip, family) => list.check(ip, family)
}

/** `infos` are the interface's addresses of one family. */
function laneOf(name: string, infos: readonly NetworkInterfaceInfo[], bind: BindAddresses): Lane | undefined {
  const isBound = bind.v4 !== undefined || bind.v6 !== undefined
  const info = infos.find((candidate) => (isBound ? isBoundTo(bind, candidate) : !candidate.internal))
  if (info === undefined) return undefined
  const subnets = infos.flatMap(({ cidr }) => cidr ?? [])
  if (info.family === 'IPv4') {
    return { family: 'ipv4', multicastInterface: info.address, bindAddress: bind.v4 ?? info.address, subnets }
  }
  // Where nothing is bound the system knows best which of the interface's addresses fits the group.
  const bindAddress = !isBound ? '::' : info.scopeid === 0 ? info.address : `${info.address}%${name}`
  return { family: 'ipv6', multicastInterface: `::%${name}`, bindAddress, subnets }
}

/** Of the loopback every address of its subnets is ours, listed or not. */
function isBoundTo(bind: BindAddresses, { address, internal, cidr, family }: NetworkInterfaceInfo): boolean {
  if (address === bind.v4 || address === bind.v6?.replace(/%.*$/, '')) return true
  if (!internal || cidr === null || family !== 'IPv4' || bind.v4 === undefined) return false
  const [subnet = '', prefix] = cidr.split('/')
  const list = new BlockList()
  list.addSubnet(subnet, Number(prefix), 'ipv4')
  return list.check(bind.v4, 'ipv4')
}

function familyOfInfo({ family }: NetworkInterfaceInfo): IpFamily {
  return family === 'IPv4' ? 'ipv4' : 'ipv6'
}
