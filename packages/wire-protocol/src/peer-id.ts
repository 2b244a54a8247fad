// Peer ids (BEP 20): ours, and the client names behind those of others.

import type { Random } from '@ccbt/primitives'

const CLIENTS: Readonly<Record<string, string>> = {
  AZ: 'Azureus',
  BC: 'BitComet',
  BT: 'BitTorrent',
  CC: 'ccbt',
  DE: 'Deluge',
  KT: 'KTorrent',
  LT: 'libtorrent',
  TR: 'Transmission',
  UT: 'µTorrent',
  WW: 'WebTorrent',
  bk: 'BitKitten',
  lt: 'rTorrent',
  qB: 'qBittorrent',
}

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A peer id of this client: `-CCxyz0-` and 12 random characters. `version` is like `1.2.3`. */
export function makePeerId(random: Random, version: string): Uint8Array {
  const digits = version.split('.').map((part) => LETTERS[Math.min(Number.parseInt(part, 10) || 0, 61)])
  let id = `-CC${digits.join('').padEnd(4, '0').slice(0, 4)}-`
  while (id.length < 20) id += LETTERS[random.u32() % LETTERS.length]
  return Uint8Array.from(id, (c) => c.charCodeAt(0))
}

/** The client's name and version as far as its peer id tells; printable ASCII and `µ` only. */
export function clientName(peerId: Uint8Array): string {
  const text = String.fromCharCode(...peerId.subarray(0, 8))
  const azureus = /^-([A-Za-z~][A-Za-z~])([0-9A-Za-z]{4})-$/.exec(text)
  if (azureus === null) return text.startsWith('A2-') ? 'aria2' : 'unknown'
  const [, code = '', version = ''] = azureus
  const parts = Array.from(version, (c) => Number.parseInt(c, 36))
  while (parts.length > 2 && parts.at(-1) === 0) parts.pop()
  return `${CLIENTS[code] ?? code} ${parts.join('.')}`
}
