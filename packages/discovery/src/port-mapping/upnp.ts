// Mappings by UPnP. The device that gave the last one is kept and asked again without a search, until it does not
// answer any more.

import { normalIp, scopeOf } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import { Deadline } from '../tracker/deadline.ts'
import { addAction, deleteAction, externalIpAction, IGD_ERROR, readErrorCode, readServices } from './igd.ts'
import type { IgdAction, IgdService } from './igd.ts'
import { grantOf, REQUESTED_LIFETIME_S } from './mapping.ts'
import type { MappingMethod, MappingOutcome, MappingRequest } from './mapping.ts'
import { searchDevices } from './ssdp.ts'
import { requestUpnp } from './upnp-http.ts'
import type { UpnpAnswer, UpnpHttpOptions } from './upnp-http.ts'
import { elementsNamed } from './xml.ts'

/** For search, descriptions and mapping together: devices that stall one after the other end here. */
const MAP_TIMEOUT_MS = 30_000
/** Ports that are tried when the wished one belongs to another. */
const MAX_PORTS_TRIED = 4
const FIRST_PORT_TRIED = 10_000

/** Settings of {@link createUpnp}. */
export interface UpnpOptions extends UpnpHttpOptions {
  readonly random: Random
  /** Where the search goes; everybody when it is `undefined`. */
  readonly ssdp: Endpoint | undefined
  /** Hosts that are gateways for certain. */
  readonly gateways: readonly string[]
}

/** Between which addresses a mapping is made. */
interface MappingPlace {
  readonly service: IgdService
  readonly externalIp: string
  readonly internalIp: string
}

type Added =
  | { readonly kind: 'added' }
  | { readonly kind: 'refused'; readonly code: number | undefined }
  | { readonly kind: 'silent'; readonly reason: string }

/** Finds gateways by search and asks them by UPnP. */
export function createUpnp(options: UpnpOptions): MappingMethod {
  return new Upnp(options)
}

class Upnp implements MappingMethod {
  readonly via = 'upnp'
  readonly name = 'UPnP'
  readonly #options: UpnpOptions
  #service: IgdService | undefined

  constructor(options: UpnpOptions) {
    this.#options = options
  }

  async map(request: MappingRequest, signal: AbortSignal): Promise<MappingOutcome> {
    using deadline = new Deadline(this.#options.clock, MAP_TIMEOUT_MS, signal)
    if (this.#service !== undefined) {
      const outcome = await this.#mapAt(this.#service, request, deadline.signal)
      if (outcome.kind !== 'silent') return outcome
      this.#service = undefined
    }
    return await this.#search(request, deadline.signal)
  }

  async unmap(request: MappingRequest, signal: AbortSignal): Promise<void> {
    if (this.#service !== undefined) await this.#send(this.#service, deleteAction(this.#service, request), signal)
  }

  /** Tries the services of all devices, one after the other, until one maps. */
  async #search(request: MappingRequest, signal: AbortSignal): Promise<MappingOutcome> {
    const { clock, from, ssdp, gateways } = this.#options
    let last: MappingOutcome = { kind: 'silent', reason: 'no gateway answered' }
    for (const location of await searchDevices({ clock, from, gateways, target: ssdp }, signal)) {
      const description = await requestUpnp({ url: location }, this.#options, signal)
      if (description.kind === 'silent') last = description
      for (const service of description.kind === 'silent' ? [] : readServices(description.xml, location)) {
        last = await this.#mapAt(service, request, signal)
        if (last.kind === 'granted') {
          this.#service = service
          return last
        }
      }
    }
    return last
  }

  async #mapAt(service: IgdService, request: MappingRequest, signal: AbortSignal): Promise<MappingOutcome> {
    const answer = await this.#send(service, externalIpAction(service), signal)
    if (answer.kind === 'silent') return answer
    const externalIp = normalIp(elementsNamed(answer.xml, 'NewExternalIPAddress')[0]?.text ?? '')
    // A gateway may have several services, of which one is connected.
    if (externalIp === undefined || scopeOf(externalIp) === 'unusable')
      return { kind: 'refused', reason: 'the gateway has no address outside' }
    return await this.#mapSomePort({ service, externalIp, internalIp: answer.localIp }, request, signal)
  }

  async #mapSomePort(place: MappingPlace, request: MappingRequest, signal: AbortSignal): Promise<MappingOutcome> {
    let { externalPort } = request
    for (let tried = 1; ; tried++) {
      const added = await this.#add(place, { ...request, externalPort }, signal)
      if (added.kind === 'silent') return added
      if (added.kind === 'added') {
        const told = { externalPort, externalIp: place.externalIp, lifetimeS: REQUESTED_LIFETIME_S }
        return { kind: 'granted', grant: grantOf(told) }
      }
      if (added.code !== IGD_ERROR.conflict || tried === MAX_PORTS_TRIED)
        return { kind: 'refused', reason: `error ${added.code ?? 'without a number'}` }
      externalPort = FIRST_PORT_TRIED + randomBelow(this.#options.random, 65_536 - FIRST_PORT_TRIED)
    }
  }

  /** Asks for time; of gateways that know no lease, for ever: they are asked again before an hour is over anyway. */
  async #add(place: MappingPlace, request: MappingRequest, signal: AbortSignal): Promise<Added> {
    const { service, internalIp } = place
    const options = { internalIp, description: this.#options.userAgent }
    const timed = addAction(service, request, { ...options, lifetimeS: REQUESTED_LIFETIME_S })
    const added = addedBy(await this.#send(service, timed, signal))
    if (added.kind !== 'refused' || added.code !== IGD_ERROR.onlyPermanentLeases) return added
    return addedBy(await this.#send(service, addAction(service, request, { ...options, lifetimeS: 0 }), signal))
  }

  #send(service: IgdService, action: IgdAction, signal: AbortSignal): Promise<UpnpAnswer> {
    return requestUpnp({ url: service.controlUrl, action }, this.#options, signal)
  }
}

function addedBy(answer: UpnpAnswer): Added {
  if (answer.kind === 'silent') return answer
  return answer.status === 200 ? { kind: 'added' } : { kind: 'refused', code: readErrorCode(answer.xml) }
}
