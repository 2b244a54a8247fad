// Keeps web pages of strangers out: a browser sends the name that it looked up, so a name that only resolves to us
// (DNS rebinding) is refused, and so is a request that another origin's page makes.

import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** Whether a request may have come from a program, or from a page of our own. `names` are further host names of ours. */
export function isExpectedHost(headers: IncomingHttpHeaders, names: readonly string[]): boolean {
  const host = hostName(headers.host)
  if (host === undefined || !(isIP(host) !== 0 || host === 'localhost' || names.includes(host))) return false
  return isOwnOrigin(headers, names) && isOwnSite(headers)
}

/** The name in a Host header, without port and brackets. */
function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

/** A reverse proxy may ask us by address while the page has one of our names. */
function isOwnOrigin({ origin, host }: IncomingHttpHeaders, names: readonly string[]): boolean {
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const url = new URL(origin)
  return url.host === host || names.includes(url.hostname)
}

/** What a browser says of requests without an Origin. Following a link to us from another site is fine. */
function isOwnSite(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return true
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}
