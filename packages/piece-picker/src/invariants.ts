// Recounts the whole state the slow way and compares. Called by tests after each step.

import { bug } from '@ccbt/primitives'
import { HIGHEST_PRIORITY } from './frontier.ts'
import type { Frontier } from './frontier.ts'
import type { Ledger } from './ledger.ts'
import { GONE, NO_SLOT } from './open-piece.ts'
import type { OpenPiece } from './open-piece.ts'
import type { PeerTable } from './peer-table.ts'
import type { PieceOrder } from './strategy/order.ts'
import type { Wants } from './wants.ts'

export interface PickerParts {
  readonly wants: Wants
  readonly frontier: Frontier
  readonly ledger: Ledger
  readonly peers: PeerTable
  readonly order: PieceOrder
}

/** Throws an INTERNAL_BUG error at the first contradiction. */
export function checkInvariants(parts: PickerParts): void {
  checkWants(parts)
  checkAvailability(parts)
  checkTiers(parts.frontier, parts.wants)
  checkLedger(parts)
  checkPeers(parts)
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw bug(`picker: ${what}`)
}

function checkWants({ wants, frontier, ledger }: PickerParts): void {
  let missing = 0
  for (let piece = 0; piece < wants.priorities.length; piece++) {
    const isMissing = wants.priorities[piece] !== 0 && !wants.have.has(piece)
    if (isMissing) missing++
    expect(wants.missing.has(piece) === isMissing, `piece ${piece} missing`)
    const isOpen = ledger.get(piece) !== undefined
    expect(
      frontier.pieces.has(piece) === (isMissing && !isOpen && !frontier.held.has(piece)),
      `piece ${piece} in the frontier`,
    )
    expect(!isOpen || !wants.have.has(piece), `verified piece ${piece} is open`)
  }
  expect(wants.missing.count === missing, 'number of missing pieces')
}

function checkAvailability({ wants, frontier, peers }: PickerParts): void {
  for (let piece = 0; piece < wants.priorities.length; piece++) {
    let count = 0
    for (const peer of peers.all) if (!peer.isSeed && peer.pieces.has(piece)) count++
    expect(frontier.counts[piece] === count, `availability of piece ${piece}`)
  }
  let seeds = 0
  for (const peer of peers.all) if (peer.isSeed) seeds++
  expect(frontier.seeds === seeds, 'number of seeds')
}

function checkTiers(frontier: Frontier, wants: Wants): void {
  let members = 0
  for (let priority = 0; priority <= HIGHEST_PRIORITY; priority++) {
    const tier = frontier.tiers[priority]
    if (tier === undefined) continue
    members += tier.size
    for (let level = 0; level < frontier.levels; level++) {
      for (let at = tier.start(level); at < tier.end(level); at++) {
        const piece = tier.order[at]!
        expect(frontier.pieces.has(piece), `piece ${piece} in a tier`)
        expect(wants.priorities[piece] === priority, `tier of piece ${piece}`)
        expect(frontier.counts[piece] === level, `level of piece ${piece}`)
      }
    }
    expect(tier.end(frontier.levels - 1) === tier.order.length, `end of tier ${priority}`)
  }
  expect(members === frontier.size, 'size of the tiers')
}

function checkLedger({ wants, ledger, peers }: PickerParts): void {
  let withFree = 0
  let topFree = 0
  for (const [index, open] of ledger.all.entries()) {
    expect(open.openIndex === index && ledger.get(open.piece) === open, `open piece ${open.piece} listed`)
    checkBlocks(open, peers)
    const holder = open.exclusive === NO_SLOT || open.exclusive === GONE ? undefined : open.exclusive
    expect(holder === undefined || peers.get(holder)?.pieces.has(open.piece) === true, `exclusive slot ${holder}`)
    const priority = wants.priorities[open.piece]!
    const isListed = open.free > 0 && priority > 0
    if (isListed) {
      withFree++
      topFree = Math.max(topFree, priority)
      expect(ledger.withFree[open.freeIndex] === open, `open piece ${open.piece} listed with free blocks`)
    } else expect(open.freeIndex === -1, `open piece ${open.piece} not listed`)
  }
  expect(ledger.withFree.length === withFree, 'number of pieces with free blocks')
  expect(ledger.topFreePriority === topFree, 'highest priority with free blocks')
}

function checkBlocks(open: OpenPiece, peers: PeerTable): void {
  const seen = { free: 0, received: 0, asks: 0, duplicable: 0 }
  for (let block = 0; block < open.blocks; block++) {
    const asks = open.askCount(block)
    seen.asks += asks
    if (open.isReceived(block)) seen.received++
    else if (asks === 0) seen.free++
    else if (asks < open.copies) seen.duplicable++
    const slots = new Set<number>()
    for (let n = 0; n < asks; n++) slots.add(open.askedOf(block, n))
    expect(slots.size === asks && asks <= open.copies, `requests for block ${block} of piece ${open.piece}`)
    for (const slot of slots) expect(peers.get(slot) !== undefined, `slot ${slot} asked`)
    const deliverer = open.delivererOf(block)
    expect(deliverer === NO_SLOT || peers.get(deliverer) !== undefined, `slot ${deliverer} delivered`)
  }
  expect(open.free === seen.free, `free blocks of piece ${open.piece}`)
  expect(open.received === seen.received, `received blocks of piece ${open.piece}`)
  expect(open.asks === seen.asks, `requests of piece ${open.piece}`)
  expect(open.duplicable === seen.duplicable, `duplicable blocks of piece ${open.piece}`)
  if (open.free > 0) expect(open.isFree(open.nextFree()), `lowest free block of piece ${open.piece}`)
}

function checkPeers({ wants, frontier, ledger, peers, order }: PickerParts): void {
  const pieces = Array.from(wants.priorities.keys())
  for (const peer of peers.all) {
    expect(peers.get(peer.slot) === peer, `slot ${peer.slot}`)
    const isInteresting = pieces.some((piece) => wants.missing.has(piece) && peer.pieces.has(piece))
    expect(peer.isInteresting(wants) === isInteresting, `interest in slot ${peer.slot}`)
    expect(peer.outstanding === countRequests(ledger, peer.slot), `outstanding requests of slot ${peer.slot}`)
    for (const piece of pieces) {
      if (!frontier.pieces.has(piece) || !peer.pieces.has(piece)) continue
      expect(order.keyOf(piece) >= peer.floor, `floor of slot ${peer.slot} above piece ${piece}`)
    }
  }
}

function countRequests(ledger: Ledger, slot: number): number {
  let count = 0
  for (const open of ledger.all) {
    for (let block = 0; block < open.blocks; block++) if (open.isAskedOf(block, slot)) count++
  }
  return count
}
