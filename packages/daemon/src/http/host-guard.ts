// Keeps web pages of strangers out: a browser sends the name that it looked up, so a name that only resolves to us
// (DNS rebinding) is refused, and so is a request that another origin's page makes.

import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

/** Whether a request may have come from a program, or from a page of our own. `names` are further host names of ours. */
export function isExpectedHost(headers: IncomingHttpHeaders, names: readonly string[]): boolean {
  const host = hostName(headers.host)
  if (host === undefined || !(isIP(host) !== 0 || host === 'localhost' || names.includes(host))) return false
  const { origin } = headers
  return origin === undefined || originHost(origin) === headers.host
}

/** The name in a Host header, without port and brackets. */
function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
