// Links to something that changes (BEP 46): they name a key, not a torrent.

import { displayText } from '@ccbt/metainfo'
import { fromHex, toHex } from '@ccbt/primitives'
import { inputError } from '../errors.ts'

const KEY_BYTES = 32
/** Of an item (BEP 44). */
export const MAX_SALT_BYTES = 64
const MAX_LENGTH = 65_536
const MAX_PEERS = 100

/** What such a link says. */
export interface FollowLink {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** At most 64 bytes. */
  readonly salt: Uint8Array
  /** For display, through `displayText`. */
  readonly name?: string
  /** `host:port`. */
  readonly peers: readonly string[]
}

/**
 * Reads a link. Throws CLI_LINK_INVALID.
 * @example parseFollowLink('magnet:?xs=urn:btpk:8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e')
 */
export function parseFollowLink(text: string): FollowLink {
  const query = text.length > MAX_LENGTH ? undefined : /^magnet:\?(.*)$/is.exec(text.trim())?.[1]
  if (query === undefined) throw invalid("it does not begin with 'magnet:?'")
  const fields = new URLSearchParams(query)
  const publicKey = fromHex(/^urn:btpk:([\da-f]+)$/i.exec(fields.get('xs') ?? '')?.[1] ?? '')
  if (publicKey?.length !== KEY_BYTES) throw invalid('it names no key: xs=urn:btpk: and 64 hexadecimal digits')
  const salt = fromHex(fields.get('s') ?? '')
  if (salt === undefined || salt.length > MAX_SALT_BYTES) throw invalid('its salt (s=) is no hexadecimal number')
  const name = fields.get('dn')
  const peers = fields.getAll('x.pe').filter((peer) => /^(?:\[[\da-f:.]+\]|[^\s:[\]/]+):\d{1,5}$/i.test(peer))
  return { publicKey, salt, ...(name === null ? {} : { name }), peers: peers.slice(0, MAX_PEERS) }
}

/** Writes a link that {@link parseFollowLink} reads as the same. */
export function formatFollowLink({ publicKey, salt, name, peers }: FollowLink): string {
  const fields = [`xs=urn:btpk:${toHex(publicKey)}`]
  if (salt.length > 0) fields.push(`s=${toHex(salt)}`)
  if (name !== undefined) fields.push(`dn=${encodeURIComponent(name.toWellFormed())}`)
  for (const peer of peers) fields.push(`x.pe=${peer}`)
  return `magnet:?${fields.join('&')}`
}

function invalid(why: string): Error {
  return inputError('CLI_LINK_INVALID', `this link cannot be followed: ${displayText(why)}`, {})
}
