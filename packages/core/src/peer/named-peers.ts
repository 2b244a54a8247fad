// Addresses that a person named. Unlike those from anywhere else they are told of when they are left out.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'

import type { TorrentEvent } from '../events.ts'
import type { PeerBook } from './peer-book.ts'

/** Of one torrent; the first ones make room. */
const MAX_NAMED = 200

/** Those that are kept when a person names more. */
export function moreNamedPeers(known: readonly Endpoint[], more: readonly Endpoint[]): readonly Endpoint[] {
  return [...known, ...more].slice(-MAX_NAMED)
}

/** Adds addresses to a book; those that are refused are told, each in an event. */
export function addNamedPeers(
  book: Pick<PeerBook, 'add' | 'refusal'>,
  addresses: readonly Endpoint[],
  emit: (event: TorrentEvent) => void,
): void {
  for (const endpoint of addresses) {
    const reason = book.refusal(endpoint)
    if (reason === undefined) book.add(endpoint, 'manual')
    else emit({ type: 'peer-refused', address: formatEndpoint(endpoint), reason })
  }
}
