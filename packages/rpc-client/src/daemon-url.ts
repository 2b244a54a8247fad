// The address of a daemon as a user writes it.

import { badAddress } from './errors.ts'
import type { DaemonAddress } from './http-call.ts'

const DEFAULT_PORT = 9091

/**
 * Reads `http(s)://[user:password@]host[:port][/base]` or `unix:/path`; without a port 9091, or the usual one for https.
 * @example daemonAddress('http://192.0.2.1:9091', 'ccbt_...')
 * @throws RPC_ADDRESS_INVALID
 */
export function daemonAddress(url: string, token?: string): DaemonAddress {
  if (url.startsWith('unix:/')) return { socketPath: url.slice('unix:'.length) }
  const parsed = URL.parse(url.includes('://') ? url : `http://${url}`)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw badAddress(url)
  const { protocol, hostname, port, username, password, pathname } = parsed
  const isTls = protocol === 'https:'
  // URL leaves out the usual port of the scheme: 80 was meant when it is written.
  const isUsual = isTls || /:0*80(?:\/|$)/.test(url)
  const basePath = pathname.replace(/\/+$/, '')
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 443 : isUsual ? 80 : DEFAULT_PORT) : Number(port),
    ...(isTls ? { isTls } : {}),
    ...(basePath === '' ? {} : { basePath }),
    ...(username === '' ? {} : { user: decoded(username, url) }),
    ...(password === '' ? {} : { password: decoded(password, url) }),
    ...(token === undefined ? {} : { token }),
  }
}

function decoded(text: string, url: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) throw badAddress(url)
    throw error
  }
}
