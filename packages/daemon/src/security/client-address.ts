// Where a request comes from. What a header says counts only when the connection is one of a proxy that the user named:
// anybody can write such a header.

import { BlockList, isIP } from 'node:net'
import type { IncomingMessage } from 'node:http'

import { normalIp } from '@ccbt/address'

import { invalidRequest } from '../errors.ts'

/** The proxies that are believed: addresses or networks such as `10.0.0.0/8`. @throws DAEMON_REQUEST_INVALID */
export function trustedProxies(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(network) ?? []
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const most = family === 'ipv6' ? 128 : 32
    if (isIP(address) === 0 || Number(bits ?? most) > most)
      throw invalidRequest(`'${network}' is no address or network`)
    list.addSubnet(address, Number(bits ?? most), family)
  }
  return list
}

/** The address of whoever asks: the last one in `X-Forwarded-For` that is not itself a trusted proxy. */
export function clientAddress(request: IncomingMessage, proxies: BlockList): string {
  const direct = normalIp(request.socket.remoteAddress ?? '') ?? ''
  const header = request.headers['x-forwarded-for']
  const forwarded = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',')
  let address = direct
  while (isTrusted(address, proxies) && forwarded.length > 0) {
    const next = normalIp((forwarded.pop() ?? '').trim())
    if (next === undefined) return address
    address = next
  }
  return address
}

function isTrusted(address: string, proxies: BlockList): boolean {
  return isIP(address) !== 0 && proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
