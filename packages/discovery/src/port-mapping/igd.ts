// UPnP Internet Gateway Devices: which of their services map ports, and what is said to those. Only what is needed of
// WANIPConnection and WANPPPConnection, versions 1 and 2. Pure.

import type { MappingRequest } from './mapping.ts'
import { isAt } from './ssdp.ts'
import { childText, elementsNamed } from './xml.ts'
import type { XmlElement } from './xml.ts'

const SERVICE_TYPES: ReadonlySet<string> = new Set([
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
])
/** Services of one device that are tried. */
const MAX_SERVICES = 4

/** A service that maps ports. */
export interface IgdService {
  /** One of a few known URNs. */
  readonly type: string
  /** At the host of the description. */
  readonly controlUrl: URL
}

/** An action of a service, ready to be sent. */
export interface IgdAction {
  /** Value of the header SOAPAction. */
  readonly name: string
  readonly body: string
}

/** Errors of AddPortMapping that have a way out. */
export const IGD_ERROR = { conflict: 718, onlyPermanentLeases: 725 } as const

/** The services in the description of a device that was loaded from `location`. */
export function readServices(description: XmlElement, location: URL): IgdService[] {
  const base = childText(description, 'URLBase') ?? ''
  const services: IgdService[] = []
  for (const service of elementsNamed(description, 'service')) {
    const type = childText(service, 'serviceType') ?? ''
    const path = childText(service, 'controlURL') ?? ''
    const controlUrl = URL.parse(path, base === '' ? location.href : base)
    if (!SERVICE_TYPES.has(type) || path === '' || controlUrl === null) continue
    if (isAt(controlUrl, location.hostname)) services.push({ type, controlUrl })
  }
  return services.slice(0, MAX_SERVICES)
}

/** Asks for the address outside. */
export function externalIpAction(service: IgdService): IgdAction {
  return action(service, 'GetExternalIPAddress', {})
}

/** What {@link addAction} needs beside the wish. */
export interface AddOptions {
  /** Our address. */
  readonly internalIp: string
  /** 0: until it is removed. */
  readonly lifetimeS: number
  /** Shown in the gateway's list of mappings. */
  readonly description: string
}

/** Asks for a mapping, or for more time for it. */
export function addAction(service: IgdService, request: MappingRequest, options: AddOptions): IgdAction {
  return action(service, 'AddPortMapping', {
    NewRemoteHost: '',
    NewExternalPort: request.externalPort,
    NewProtocol: request.protocol.toUpperCase(),
    NewInternalPort: request.internalPort,
    NewInternalClient: options.internalIp,
    NewEnabled: 1,
    NewPortMappingDescription: options.description,
    NewLeaseDuration: options.lifetimeS,
  })
}

/** Removes a mapping. */
export function deleteAction(service: IgdService, request: MappingRequest): IgdAction {
  return action(service, 'DeletePortMapping', {
    NewRemoteHost: '',
    NewExternalPort: request.externalPort,
    NewProtocol: request.protocol.toUpperCase(),
  })
}

/** The number of the error in an answer. */
export function readErrorCode(answer: XmlElement): number | undefined {
  const text = elementsNamed(answer, 'errorCode')[0]?.text ?? ''
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined
}

function action(service: IgdService, name: string, values: Readonly<Record<string, string | number>>): IgdAction {
  const fields = Object.entries(values).map(([key, value]) => `<${key}>${escaped(`${value}`)}</${key}>`)
  const body = [
    '<?xml version="1.0"?>',
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"',
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">',
    `<s:Body><u:${name} xmlns:u="${service.type}">${fields.join('')}</u:${name}></s:Body></s:Envelope>`,
  ]
  return { name: `${service.type}#${name}`, body: body.join('') }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
