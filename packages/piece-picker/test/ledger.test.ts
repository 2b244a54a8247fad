import { Bitfield, isCcbtError } from '@ccbt/primitives'
import type { BlockId, PeerSlot } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { NO_SLOT } from '../src/index.ts'
import type { PiecePicker } from '../src/index.ts'
import { connect, pick, pickerOf, piece, range, slot, sorted } from './fixture.ts'

function block(n: number): BlockId {
  return n as BlockId
}

function receiveAll(picker: PiecePicker, peer: PeerSlot, blocks: BlockId[]): string[] {
  return blocks.map((b) => picker.received(peer, b))
}

describe('a piece that one peer alone sends', () => {
  it('is told to start anew, with what has come of it, when that peer fails', () => {
    const restarted: number[] = []
    const { picker } = pickerOf(2, 3, { onRestarted: (p) => restarted.push(p) })
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    picker.setExclusive(piece(1), a)
    pick(picker, a, 6)
    picker.releasedAll(a)
    expect(restarted).toEqual([])
    pick(picker, b, 6)
    expect(receiveAll(picker, b, [block(3), block(4)])).toEqual(['accepted', 'accepted'])
    picker.peerRemoved(b)
    expect(restarted).toEqual([1])
    expect(picker.accepts(a, block(3))).toBe(false)
    expect(sorted(pick(picker, a, 6))).toEqual(range(0, 6))
  })
})

describe('requests', () => {
  it('gives a released block to another peer, and takes it from whoever is first', () => {
    const { picker } = pickerOf(1, 2)
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    pick(picker, a, 2)
    picker.releasedAll(a)
    expect(picker.openPieces).toBe(0)
    expect(pick(picker, b, 1)).toEqual([0])
    expect(picker.accepts(a, block(0))).toBe(true)
    expect(picker.received(a, block(0))).toBe('accepted')
    expect(picker.isRequestedFrom(b, block(0))).toBe(true)
    expect(picker.received(b, block(0))).toBe('duplicate')
    expect(picker.outstanding(b)).toBe(0)
  })

  it('takes an answer that was released and whose piece is no longer open', () => {
    const { picker } = pickerOf(4, 2)
    const a = connect(picker, 0, [2])
    const [first] = pick(picker, a, 1)
    picker.released(a, first!)
    expect(picker.openPieces).toBe(0)
    expect(picker.received(a, first!)).toBe('accepted')
    expect(picker.openPieces).toBe(1)
    expect(pick(picker, a, 9)).toEqual([first! + 1])
  })

  it('refuses blocks that nobody asked for: a peer cannot open pieces', () => {
    const { picker } = pickerOf(100, 2)
    const a = connect(picker, 0, 'all')
    for (const b of range(0, 200)) expect(picker.received(a, block(b))).toBe('unrequested')
    expect(picker.received(slot(7), block(0))).toBe('unrequested')
    expect(picker.openPieces).toBe(0)
    // One request was released: one answer is taken, the next refused.
    picker.released(a, pick(picker, a, 1)[0]!)
    expect(picker.received(a, block(50))).toBe('accepted')
    expect(picker.received(a, block(52))).toBe('unrequested')
  })

  it('remembers only so many released requests of a peer', () => {
    const { picker } = pickerOf(2000, 1)
    const a = connect(picker, 0, 'all')
    pick(picker, a, 2000)
    picker.releasedAll(a)
    const receipts = receiveAll(picker, a, range(0, 2000).map(block))
    expect(receipts.filter((receipt) => receipt !== 'unrequested').length).toBe(512)
  })

  it('stops counting on a peer that goes: its requests are free, its blocks stay', () => {
    const { picker } = pickerOf(1, 4)
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    receiveAll(picker, a, pick(picker, a, 3).slice(0, 1))
    picker.peerRemoved(a)
    picker.peerRemoved(a)
    expect(picker.availability(piece(0))).toBe(1)
    expect(pick(picker, b, 9)).toEqual([1, 2, 3])
    expect(picker.received(a, block(1))).toBe('unrequested')
  })

  it('lets a choked peer be asked for what it allows', () => {
    const { picker } = pickerOf(10, 2)
    const a = connect(picker, 0, [1, 2, 3])
    const out = new Uint32Array(8)
    picker.setPriority(piece(2), 0)
    picker.verified(piece(3))
    expect(picker.pickAmong(a, [piece(9), piece(3), piece(2), piece(1)], 8, out)).toBe(2)
    expect([...out.subarray(0, 2)]).toEqual([2, 3])
    expect(picker.pickAmong(a, [piece(1)], 8, out)).toBe(0)
  })
})

describe('pieces', () => {
  it('names who delivered each block, but not by the slot of a peer that has gone', () => {
    const { picker } = pickerOf(1, 3)
    const out = new Uint16Array(3)
    expect(picker.contributors(piece(0), out)).toBe(0)
    for (const n of [0, 1, 2]) {
      const peer = connect(picker, n, 'all')
      receiveAll(picker, peer, pick(picker, peer, 1))
      if (n === 1) {
        picker.peerRemoved(peer)
        connect(picker, 1, 'all')
      }
    }
    expect(picker.contributors(piece(0), out)).toBe(3)
    expect([...out]).toEqual([0, NO_SLOT, 2])
  })

  it('fetches a failed piece again, and a verified one that was lost', () => {
    const { picker } = pickerOf(2, 2)
    const a = connect(picker, 0, 'all')
    expect(receiveAll(picker, a, pick(picker, a, 2))).toEqual(['accepted', 'piece-complete'])
    picker.failed(piece(0))
    picker.failed(piece(1))
    expect(picker.openPieces).toBe(0)
    const blocks = pick(picker, a, 4)
    expect(sorted(blocks)).toEqual([0, 1, 2, 3])
    receiveAll(picker, a, blocks)
    picker.verified(piece(0))
    picker.verified(piece(1))
    expect(picker.isComplete).toBe(true)
    picker.failed(piece(1))
    expect(picker.missing).toBe(1)
    expect(picker.isInteresting(a)).toBe(true)
    expect(sorted(pick(picker, a, 4))).toEqual([2, 3])
  })

  it('fetches a suspect piece from one peer alone, and anew from another when that one goes', () => {
    const { picker } = pickerOf(2, 4)
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    picker.setExclusive(piece(0), a)
    expect(sorted(pick(picker, b, 99))).toEqual([4, 5, 6, 7])
    expect(pick(picker, a, 2)).toEqual([0, 1])
    receiveAll(picker, a, [block(0)])
    // Nor is it doubled.
    expect(pick(picker, b, 99)).toEqual([])
    picker.releasedAll(a)
    expect(pick(picker, b, 1)).toEqual([0])
    // It is the other's piece now: a late block would blur the proof.
    expect(picker.accepts(a, block(1))).toBe(false)
    expect(picker.received(a, block(1))).toBe('duplicate')
    expect(pick(picker, a, 99).filter((n) => n < 4)).toEqual([])
    expect(pick(picker, b, 99)).toEqual([1, 2, 3])
    expect(receiveAll(picker, b, range(0, 4).map(block)).at(-1)).toBe('piece-complete')
    const out = new Uint16Array(4)
    picker.contributors(piece(0), out)
    expect([...out]).toEqual([1, 1, 1, 1])
    picker.failed(piece(0))
    expect(pick(picker, a, 99).filter((n) => n < 4)).toEqual([0, 1, 2, 3])
  })

  it('opens a suspect piece to everyone again', () => {
    const { picker } = pickerOf(1, 4)
    const a = connect(picker, 0, 'all')
    const b = connect(picker, 1, 'all')
    picker.setExclusive(piece(0), a)
    pick(picker, a, 1)
    picker.setExclusive(piece(0), undefined)
    expect(pick(picker, b, 3)).toEqual([1, 2, 3])
  })

  it('abandons what costs least, and fetches it again', () => {
    const { picker } = pickerOf(4, 4)
    const peers = range(0, 4).map((n) => connect(picker, n, [n]))
    const counts = [3, 1, 2, 2]
    for (const [n, peer] of peers.entries()) receiveAll(picker, peer, pick(picker, peer, counts[n]!))
    expect(picker.abandonable()).toBe(1)
    pick(picker, peers[1]!, 1)
    picker.peerRemoved(peers[2]!)
    expect(picker.abandonable()).toBe(2)
    picker.setPriority(piece(0), 0)
    expect(picker.abandonable()).toBe(0)
    expect(picker.abandon(piece(0))).toBe(3)
    expect(picker.abandon(piece(0))).toBe(0)
    picker.setPriority(piece(0), 4)
    expect(pick(picker, peers[0]!, 9)).toEqual([0, 1, 2, 3])
    expect(picker.abandon(piece(2))).toBe(2)
    expect(picker.abandonable()).toBe(3)
  })

  it('never offers to abandon a piece whose hash is being checked', () => {
    const { picker } = pickerOf(1, 2)
    const a = connect(picker, 0, 'all')
    receiveAll(picker, a, pick(picker, a, 2))
    expect(picker.abandonable()).toBe(undefined)
  })
})

describe('peers', () => {
  it('counts copies, the peers with everything and the own ones', () => {
    const { picker } = pickerOf(4, 1)
    expect(picker.distributedCopies()).toBe(0)
    connect(picker, 0, 'all')
    connect(picker, 1, [0, 1, 2, 3])
    connect(picker, 2, [0, 1])
    expect(picker.availability(piece(0))).toBe(3)
    expect(picker.availability(piece(3))).toBe(2)
    expect(picker.distributedCopies()).toBe(2.5)
    picker.verified(piece(2))
    expect(picker.distributedCopies()).toBe(2.75)
    picker.peerLost(slot(0), piece(3))
    picker.peerLost(slot(0), piece(3))
    expect(picker.availability(piece(3))).toBe(1)
    expect(picker.pieceCount(slot(0))).toBe(3)
    expect(picker.hasPiece(slot(0), piece(3))).toBe(false)
    expect(picker.peerHas(slot(0), piece(3))).toBe(true)
    expect(picker.peerHas(slot(0), piece(2))).toBe(false)
    expect(picker.availability(piece(3))).toBe(2)
  })

  it('does not care how often the same have is sent', () => {
    const { picker } = pickerOf(3, 1)
    const a = connect(picker, 0, [])
    for (let n = 0; n < 1000; n++) expect(picker.peerHas(a, piece(1))).toBe(true)
    expect(picker.availability(piece(1))).toBe(1)
    picker.peerHasNone(a)
    expect(picker.availability(piece(1))).toBe(0)
    expect(picker.isInteresting(a)).toBe(false)
  })

  it('stays interested after one of two new pieces is there', () => {
    const { picker } = pickerOf(3, 1)
    const a = connect(picker, 0, [])
    expect(picker.isInteresting(a)).toBe(false)
    picker.peerHas(a, piece(1))
    picker.peerHas(a, piece(2))
    for (const [n, interesting] of [true, false].entries()) {
      picker.verified(piece(2 - n))
      expect(picker.isInteresting(a)).toBe(interesting)
    }
  })

  it('copies the bitfield that it is given', () => {
    const { picker } = pickerOf(3, 1)
    const a = connect(picker, 0, [])
    const bits = new Bitfield(3)
    bits.set(2)
    picker.peerBitfield(a, bits)
    bits.set(0)
    picker.peerHas(a, piece(1))
    expect(picker.hasPiece(a, piece(0))).toBe(false)
    expect(bits.has(1)).toBe(false)
  })

  it('blames us for a slot that is taken, unknown or too high and a bitfield of the wrong size', () => {
    const { picker } = pickerOf(3, 1)
    connect(picker, 0, [])
    for (const misuse of [
      () => picker.peerAdded(slot(0)),
      () => picker.peerAdded(slot(65_534)),
      () => picker.peerAdded(slot(-1)),
      () => picker.peerHas(slot(1), piece(0)),
      () => picker.peerBitfield(slot(0), new Bitfield(4)),
      () => pickerOf(1, 1, { endgameDuplicates: 0 }),
    ]) {
      let thrown: unknown
      try {
        misuse()
      } catch (error) {
        thrown = error
      }
      expect(isCcbtError(thrown, 'INTERNAL_BUG')).toBe(true)
    }
  })

  it('works for an empty torrent', () => {
    const { picker } = pickerOf(0, 1)
    const a = connect(picker, 0, [])
    expect(pick(picker, a, 5)).toEqual([])
    expect(picker.isComplete).toBe(true)
    expect(picker.distributedCopies()).toBe(0)
    picker.checkInvariants()
  })
})
