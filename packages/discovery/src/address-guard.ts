// Turns a tracker's host into addresses that may be contacted. A name out on the internet that resolves to an address
// inside is DNS rebinding or worse: such addresses are dropped here, one by one, and callers connect to exactly the
// addresses they got, never to the name again.

import { lookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'

import { boundFamilies, familyOf, normalIp, scopeOf } from '@ccbt/address'
import type { BindAddresses, IpFamily } from '@ccbt/address'

import { addressRefused, familyMissing, unreachable } from './errors.ts'
import { isAnnouncePath } from './tracker/tracker-url.ts'
import type { TrackerUrl } from './tracker/tracker-url.ts'

/** Name resolution, replaceable: every address of a name, in the order of preference. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** The system's resolver. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true })

/** Decides where announces may go. */
export interface AddressGuard {
  /**
   * Addresses of `target`, at least one, only those of `family` when it is given. `origin` is the URL in the torrent,
   * of which `target` may be a redirect. Rejects with TRACKER_ADDRESS_REFUSED, TRACKER_FAMILY_MISSING or
   * TRACKER_UNREACHABLE.
   */
  resolve(target: TrackerUrl, origin: TrackerUrl, family?: IpFamily): Promise<readonly LookupAddress[]>
}

/** What an {@link AddressGuard} goes by. */
export interface AddressGuardOptions {
  readonly bind?: BindAddresses
  /** Whether names and redirects may lead to local addresses, on any path. */
  readonly allowsLocal: boolean
  readonly resolve: Resolve
  /** Names are left to a proxy: they are their own address, of the family 0, and families are the proxy's business. */
  readonly isProxied?: boolean
}

export function createAddressGuard(options: AddressGuardOptions): AddressGuard {
  const families = boundFamilies(options.bind ?? {})
  if (options.isProxied === true)
    return { resolve: async (target, origin) => addressesByProxy(target, origin, options) }
  return {
    async resolve(target, origin, family) {
      const found = await lookUp(target, options.resolve)
      const permitted = options.allowsLocal
        ? found
        : found.filter(({ address }) => isPermitted(address, target, origin))
      if (permitted.length === 0) throw addressRefused(origin.label, refusalReason(target, origin))
      const reachable = permitted.filter(({ address }) => families.includes(familyOf(address)))
      if (reachable.length === 0) throw addressRefused(origin.label, 'no address of a family that may be used')
      const wanted = family === undefined ? reachable : reachable.filter(({ address }) => familyOf(address) === family)
      if (family !== undefined && wanted.length === 0) throw familyMissing(origin.label, family)
      return wanted
    },
  }
}

/** What a name stands for where the proxy is cannot be known: only what is written is judged. */
function addressesByProxy(
  target: TrackerUrl,
  origin: TrackerUrl,
  { allowsLocal }: AddressGuardOptions,
): readonly LookupAddress[] {
  const literal = normalIp(target.hostname)
  const isInside = literal === undefined ? target.isLocal : scopeOf(literal) !== 'global'
  if (isInside && !allowsLocal && !isPermittedInside(target, origin)) {
    throw addressRefused(origin.label, refusalReason(target, origin))
  }
  if (literal === undefined) return [{ address: target.hostname, family: 0 }]
  return [{ address: literal, family: familyOf(literal) === 'ipv6' ? 6 : 4 }]
}

/** Normal forms only; an address without one (a zone index) cannot be judged and is dropped. */
async function lookUp(target: TrackerUrl, resolve: Resolve): Promise<LookupAddress[]> {
  const literal = normalIp(target.hostname)
  const addresses = literal === undefined ? await resolveName(target, resolve) : [{ address: literal, family: 0 }]
  return addresses.flatMap(({ address }) => {
    const ip = normalIp(address)
    return ip === undefined ? [] : [{ address: ip, family: ip.includes(':') ? 6 : 4 }]
  })
}

async function resolveName(target: TrackerUrl, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(target.hostname)
  } catch (error) {
    throw unreachable(target.label, error)
  }
}

function isPermitted(address: string, target: TrackerUrl, origin: TrackerUrl): boolean {
  const scope = scopeOf(address)
  if (scope === 'global') return true
  // 0.0.0.0 and :: connect to this machine; multicast to nobody.
  if (scope === 'unusable') return false
  return isPermittedInside(target, origin)
}

function isPermittedInside(target: TrackerUrl, origin: TrackerUrl): boolean {
  return origin.isLocal && target.isLocal && (target.protocol === 'udp:' || isAnnouncePath(target.path))
}

function refusalReason(target: TrackerUrl, origin: TrackerUrl): string {
  if (origin.isLocal && target.isLocal) return 'on a local address only a path ending in /announce may be asked'
  if (target === origin) return 'its name stands for a local address'
  return 'it redirects to a local address'
}
