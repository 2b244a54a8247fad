// Peer ids (BEP 20): our own, and the client behind those of others.

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

const PEER_ID_BYTES = 20
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** How the four version characters are read: one number each, or two of two digits. */
type VersionStyle = 'digits' | 'pairs'

const CLIENTS: ReadonlyMap<string, readonly [name: string, style: VersionStyle]> = new Map([
  ['AZ', ['Vuze', 'digits']],
  ['BC', ['BitComet', 'pairs']],
  ['BI', ['BiglyBT', 'digits']],
  ['BT', ['BitTorrent', 'digits']],
  ['CC', ['ccbt', 'digits']],
  ['DE', ['Deluge', 'digits']],
  ['KT', ['KTorrent', 'digits']],
  ['LT', ['libtorrent', 'digits']],
  ['PI', ['PicoTorrent', 'digits']],
  ['TR', ['Transmission', 'digits']],
  ['TX', ['Tixati', 'pairs']],
  ['UM', ['µTorrent for Mac', 'digits']],
  ['UT', ['µTorrent', 'digits']],
  ['WW', ['WebTorrent', 'pairs']],
  ['XL', ['Xunlei', 'digits']],
  ['lt', ['rTorrent', 'digits']],
  ['qB', ['qBittorrent', 'digits']],
])

/**
 * A peer id of this client: `-CC`, the version, `-` and 12 random letters and digits.
 * @example makePeerId(random, '0.1.0') // -CC0100-Yc3uG0pQbA7w
 */
export function makePeerId(random: Random, version: string): Uint8Array {
  let id = `-CC${versionCharacters(version)}-`
  while (id.length < PEER_ID_BYTES) id += ALPHABET[randomBelow(random, ALPHABET.length)]!
  return Uint8Array.from(id, (char) => char.charCodeAt(0))
}

/** `0.1.0` → `0100`: one character for each of up to four numbers below 36. */
function versionCharacters(version: string): string {
  const numbers = version.split('.', 4).map((part) => Math.min(Number.parseInt(part, 10) || 0, 35))
  return numbers
    .map((number) => ALPHABET[number])
    .join('')
    .padEnd(4, '0')
}

/**
 * Client and version behind a peer id, as far as it tells: short, printable, `unknown` without a name.
 * @example clientName(ascii('-qB4520-abcdefghijkl')) // qBittorrent 4.5.2
 */
export function clientName(peerId: Uint8Array): string {
  const text = String.fromCharCode(...peerId.subarray(0, 8))
  const azureus = /^-([A-Za-z]{2})([0-9A-Za-z]{4})-$/.exec(text)
  if (azureus !== null) return azureusName(azureus[1]!, azureus[2]!)
  const dashed = /^(A2|M)-?(\d{1,2})-(\d{1,2})-/.exec(text)
  if (dashed === null) return 'unknown'
  return `${dashed[1] === 'A2' ? 'aria2' : 'BitTorrent'} ${dashed[2]}.${dashed[3]}`
}

function azureusName(code: string, version: string): string {
  const [name, style] = CLIENTS.get(code) ?? [code, 'digits']
  if (style === 'pairs' && /^\d{4}$/.test(version)) {
    return `${name} ${Number(version.slice(0, 2))}.${Number(version.slice(2))}`
  }
  // A letter at the end marks a build (beta, Windows); elsewhere it is a number above 9.
  const numbers = Array.from(version.replace(/[A-Za-z]$/, ''), (char) => Number.parseInt(char, 36))
  while (numbers.length > 2 && numbers.at(-1) === 0) numbers.pop()
  return `${name} ${numbers.join('.')}`
}
