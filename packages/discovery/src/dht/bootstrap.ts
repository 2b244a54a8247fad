// The hosts by which a node without any knowledge of the network enters it.

import { familyOf, normalIp } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'

import { systemResolve } from '../address-guard.ts'
import type { Resolve } from '../address-guard.ts'

/** Addresses of one family; hosts that cannot be resolved now are left out: the next attempt comes. */
export async function bootstrapAddresses(
  hosts: readonly Endpoint[],
  family: IpFamily,
  resolve: Resolve = systemResolve,
): Promise<Endpoint[]> {
  const found = await Promise.allSettled(hosts.map((host) => addressesOf(host, resolve)))
  const addresses = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  return addresses.filter(({ host }) => familyOf(host) === family)
}

async function addressesOf({ host, port }: Endpoint, resolve: Resolve): Promise<Endpoint[]> {
  const literal = normalIp(host)
  if (literal !== undefined) return [{ host: literal, port }]
  const addresses = (await resolve(host)).map(({ address }) => normalIp(address))
  return addresses.flatMap((address) => (address === undefined ? [] : [{ host: address, port }]))
}
