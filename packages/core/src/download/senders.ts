// Those who send blocks, connections and web seeds alike, by their slots: who is to send a piece alone, and what becomes of one
// that has sent bad data.

import type { PiecePicker } from '@ccbt/piece-picker'
import type { PeerSlot, PieceIndex } from '@ccbt/primitives'

import { violated } from '../errors.ts'
import type { PeerBook } from '../peer/peer-book.ts'
import type { ConnectionTable } from '../swarm/connection-table.ts'
import type { WebSeeds } from './web-seeds/web-seeds.ts'

/** What {@link Senders} work with and tell. */
export interface SendersParts {
  readonly connections: ConnectionTable
  readonly webSeeds: () => Pick<WebSeeds, 'sender' | 'ban'>
  readonly picker: Pick<PiecePicker, 'hasPiece'>
  readonly book: Pick<PeerBook, 'ban'>
  readonly onBanned: (address: string, reason: string) => void
}

/** The senders of one torrent. */
export class Senders {
  readonly #parts: SendersParts

  constructor(parts: SendersParts) {
    this.#parts = parts
  }

  /** The fastest peer that has the piece and sends, else a web seed. */
  choose(piece: PieceIndex): PeerSlot | undefined {
    const { connections, picker, webSeeds } = this.#parts
    const best = connections.fastestSender((slot) => picker.hasPiece(slot, piece))
    return best?.slot ?? webSeeds().sender(piece)
  }

  /** It has sent bad data in this piece. */
  ban(slot: PeerSlot, piece: PieceIndex): void {
    const { connections, webSeeds, book, onBanned } = this.#parts
    const reason = `sent bad data in piece ${piece}`
    const sender = connections.senderOf(slot)
    if (webSeeds().ban(slot, reason) || sender === undefined) return
    book.ban(sender.endpoint, sender.peerIdHex)
    onBanned(sender.address, reason)
    connections.bySlot(slot)?.close(violated(reason))
  }
}
