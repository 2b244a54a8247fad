// The local addresses that stand for a network interface.

import type { BindAddresses } from './bind-addresses.ts'
import { interfaceMissing } from './errors.ts'
import { normalIp } from './ip.ts'
import { scopeOf } from './scope.ts'

/** The interfaces of a machine by name, as `networkInterfaces()` of `node:os` gives them. */
export type InterfaceList = Readonly<Record<string, readonly { readonly address: string }[] | undefined>>

/**
 * One address of each family that the interface has; of several a global one. Link-local IPv6 addresses do not count:
 * they reach nobody without a zone.
 * @throws ADDRESS_INTERFACE_MISSING when there is no such interface, or none with an address
 * @example interfaceAddresses('tun0', networkInterfaces()) // { v4: '10.8.0.2' }
 */
export function interfaceAddresses(name: string, interfaces: InterfaceList): BindAddresses {
  const usable = (interfaces[name] ?? []).flatMap(({ address }) => normalIp(address) ?? [])
  const v4 = best(usable.filter((ip) => !ip.includes(':')))
  const v6 = best(usable.filter((ip) => ip.includes(':') && scopeOf(ip) !== 'link-local'))
  if (v4 === undefined && v6 === undefined) throw interfaceMissing(name, Object.keys(interfaces))
  return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) }
}

function best(ips: readonly string[]): string | undefined {
  return ips.find((ip) => scopeOf(ip) === 'global') ?? ips[0]
}
