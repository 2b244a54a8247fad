// Turns a server's host into addresses that may be contacted. A name out on the internet that resolves to an address
// inside is DNS rebinding or worse: such addresses are dropped here, one by one, and connections are made to exactly the
// addresses found here, never to the name again.

import { lookup } from 'node:dns/promises'
import type { LookupAddress } from 'node:dns'

import { familyOf, normalIp, scopeOf } from '@ccbt/address'
import type { BindAddresses } from '@ccbt/address'

import { addressRefused, unreachable } from './errors.ts'
import type { SeedUrl } from './seed-url.ts'

/** Name resolution, replaceable: every address of a name, in the order of preference. */
export type Resolve = (hostname: string) => Promise<readonly Pick<LookupAddress, 'address'>[]>

/** The system's resolver. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true })

/** What an {@link AddressGuard} goes by. */
export interface AddressGuardOptions {
  /** The URL in the torrent. */
  readonly origin: SeedUrl
  readonly bind?: BindAddresses
  /** Whether names and redirects may lead to local addresses. */
  readonly allowsLocal: boolean
  readonly resolve: Resolve
  /** Names are left to a proxy: they are their own address. Families are its business as well. */
  readonly isProxied?: boolean
  /** Why an address, an IP literal, is not contacted, in a few words. */
  readonly refusal?: (host: string) => string | undefined
}

/** Decides where the requests of one web seed may go. */
export class AddressGuard {
  readonly #options: AddressGuardOptions

  constructor(options: AddressGuardOptions) {
    this.#options = options
  }

  /**
   * What the text of a URL decides. A local one is followed when the torrent's URL is local as well, and only without a
   * query: a torrent must not be able to operate a control port of this machine or network through us.
   * Throws WEB_SEED_ADDRESS_REFUSED.
   */
  check(target: SeedUrl): void {
    const { origin, allowsLocal } = this.#options
    if (allowsLocal || !target.isLocal) return
    if (!origin.isLocal) throw addressRefused(origin.label, 'it redirects to a local address')
    if (target.hasQuery) throw addressRefused(origin.label, 'a local address may not be asked with a query')
  }

  /**
   * Addresses of `target`, at least one, in normal form; the name itself for a proxy. Rejects with
   * WEB_SEED_ADDRESS_REFUSED or WEB_SEED_UNREACHABLE.
   */
  async resolve(target: SeedUrl): Promise<readonly string[]> {
    const { origin, bind = {}, isProxied } = this.#options
    if (isProxied === true && normalIp(target.hostname) === undefined) return [target.hostname]
    const found = (await this.#lookUp(target)).filter((address) => this.#isPermitted(address, target))
    if (found.length === 0) throw addressRefused(origin.label, 'its name stands for a local address')
    const permitted = this.#withoutRefused(found)
    if (isProxied === true) return permitted
    const isBound = bind.v4 !== undefined || bind.v6 !== undefined
    const usable = permitted.filter(
      (address) => !isBound || (familyOf(address) === 'ipv4' ? bind.v4 : bind.v6) !== undefined,
    )
    if (usable.length === 0) throw addressRefused(origin.label, 'no address of a family that may be used')
    return usable
  }

  #withoutRefused(addresses: readonly string[]): readonly string[] {
    const { origin, refusal } = this.#options
    const left: string[] = []
    let reason: string | undefined
    for (const address of addresses) {
      const why = refusal?.(address)
      if (why === undefined) left.push(address)
      else reason = why
    }
    if (left.length === 0 && reason !== undefined) throw addressRefused(origin.label, reason)
    return left
  }

  #isPermitted(address: string, target: SeedUrl): boolean {
    const scope = scopeOf(address)
    // 0.0.0.0 and :: connect to this machine; multicast to nobody.
    if (scope === 'unusable') return false
    return scope === 'global' || this.#options.allowsLocal || target.isLocal
  }

  /** Normal forms only; an address without one (a zone index) cannot be judged and is dropped. */
  async #lookUp(target: SeedUrl): Promise<string[]> {
    const literal = normalIp(target.hostname)
    if (literal !== undefined) return [literal]
    try {
      const found = await this.#options.resolve(target.hostname)
      return found.flatMap(({ address }) => normalIp(address) ?? [])
    } catch (error) {
      throw unreachable(this.#options.origin.label, error)
    }
  }
}
