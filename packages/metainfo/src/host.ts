// Hosts that torrents and magnet links name.

/** Where something listens: a name or an address without brackets, and a port from 1 to 65535. */
export interface HostPort {
  readonly host: string
  readonly port: number
}

const MAX_LENGTH = 255

/** Whether `text` has the characters of a host name, an IPv4 or an IPv6 address; what it leads to is not asked. */
export function isHost(text: string): boolean {
  return text.length <= MAX_LENGTH && /^[\w.:-]+$/.test(text)
}
