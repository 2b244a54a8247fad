// What strangers and misbehaving receivers can make us do, and what not.

import { seededRandom } from '@ccbt/primitives'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { UtpTable } from '../src/index.ts'
import type { UtpConnection, UtpRemote } from '../src/index.ts'
import { createHead, HEADER_BYTES, PacketType, readHead, writeHead, writeSack } from '../src/packet.ts'
import type { PacketHead } from '../src/packet.ts'
import { watch } from './simulation.ts'
import type { Side } from './simulation.ts'

const STRANGER: UtpRemote = { host: '192.0.2.1', port: 6881 }
const SECOND = 1_000_000

interface Sent {
  readonly head: PacketHead
  readonly bytes: number
  readonly to: UtpRemote
}

/** A table whose packets are seen and go nowhere. */
class Alone {
  nowUs = 5 * SECOND
  readonly sent: Sent[] = []
  readonly accepted: Side[] = []
  readonly table: UtpTable

  constructor(isListening = true) {
    this.table = new UtpTable({
      random: seededRandom(3),
      maxPacketBytes: () => 1472,
      wantFlush: () => {},
      outputTo: (to) => ({
        scratch: new Uint8Array(65_536),
        isReady: true,
        send: (packet, bytes) => {
          const head = createHead()
          expect(readHead(packet.subarray(0, bytes), head)).toBe(true)
          this.sent.push({ head, bytes, to })
          return true
        },
      }),
    })
    if (isListening) this.table.accept = (connection) => void this.accepted.push(watch(connection))
  }

  get last(): PacketHead {
    return this.sent.at(-1)!.head
  }

  receive(head: Partial<PacketHead>, payload: Uint8Array = new Uint8Array(0), from: UtpRemote = STRANGER): void {
    const packet = new Uint8Array(HEADER_BYTES + payload.length)
    writeHead(packet, { ...createHead(), windowBytes: 1_000_000, ...head })
    packet.set(payload, HEADER_BYTES)
    this.receiveBytes(packet, from)
  }

  receiveBytes(packet: Uint8Array, from: UtpRemote = STRANGER): void {
    this.table.input(packet, from, this.nowUs)
    this.table.flush(this.nowUs)
  }

  /** Lets time pass, tick by tick. */
  pass(us: number): void {
    for (const end = this.nowUs + us; this.nowUs < end;) {
      this.nowUs += 100_000
      this.table.tick(this.nowUs)
      this.table.flush(this.nowUs)
    }
  }

  /** An accepted connection; the stranger's next packet has sequence number 102. */
  open(): { side: Side; ack: number } {
    this.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    const ack = (this.last.sequence - 1) & 0xffff
    this.receive({ type: PacketType.data, connectionId: 8, sequence: 101, ack }, Uint8Array.of(1))
    return { side: this.accepted.at(-1)!, ack }
  }
}

describe('a SYN', () => {
  it('gets one answer of its own size, and nothing more until the address is proved', () => {
    const alone = new Alone()
    alone.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    expect(alone.sent).toMatchObject([{ head: { type: PacketType.state, connectionId: 7, ack: 100 }, bytes: 20 }])
    alone.pass(60 * SECOND)
    expect(alone.sent).toHaveLength(1)
    expect([alone.accepted, alone.table.size]).toEqual([[], 0])
  })

  it('that comes again gets the same answer', () => {
    const alone = new Alone()
    for (let i = 0; i < 3; i++) alone.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    expect(new Set(alone.sent.map(({ head }) => head.sequence)).size).toBe(1)
    expect(alone.table.halfOpen).toBe(1)
  })

  it('is followed by a connection only when its answer has been received', () => {
    const alone = new Alone()
    alone.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    const { sequence } = alone.last
    for (const ack of [sequence, sequence + 1, sequence - 2, 0]) {
      alone.receive({ type: PacketType.data, connectionId: 8, sequence: 101, ack: ack & 0xffff }, Uint8Array.of(1))
    }
    expect(alone.accepted).toEqual([])
    alone.receive(
      { type: PacketType.data, connectionId: 8, sequence: 101, ack: (sequence - 1) & 0xffff },
      Uint8Array.of(1),
    )
    expect(alone.accepted).toMatchObject([{ bytes: 1 }])
  })

  it('in a flood is remembered 200 times at most, and who answers in time gets through', () => {
    const alone = new Alone()
    const flood = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const from = { host: `10.${i % 7}.${i >> 8}.${i & 255}`, port: 1024 + i }
        alone.receive({ type: PacketType.syn, connectionId: i, sequence: i }, undefined, from)
      }
    }
    flood(5000)
    alone.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    const ack = (alone.last.sequence - 1) & 0xffff
    flood(150)
    alone.receive({ type: PacketType.data, connectionId: 8, sequence: 101, ack }, Uint8Array.of(1))
    expect(alone.accepted).toHaveLength(1)
    flood(5000)
    expect(alone.table.halfOpen).toBe(200)
    expect(alone.table.size).toBe(1)
  })

  it('is refused where nobody listens', () => {
    const alone = new Alone(false)
    alone.receive({ type: PacketType.syn, connectionId: 7, sequence: 100 })
    expect(alone.sent).toMatchObject([{ head: { type: PacketType.reset, connectionId: 7, ack: 100 }, bytes: 20 }])
  })
})

describe('packets of no connection', () => {
  it('are answered with a limited number of resets, resets with nothing', () => {
    const alone = new Alone()
    for (let i = 0; i < 1000; i++) alone.receive({ type: PacketType.data, connectionId: i }, new Uint8Array(100))
    expect(alone.sent.length).toBeLessThanOrEqual(50)
    expect(alone.sent.every(({ head, bytes }) => head.type === PacketType.reset && bytes === 20)).toBe(true)
    alone.pass(2 * SECOND)
    const before = alone.sent.length
    alone.receive({ type: PacketType.reset, connectionId: 3 })
    expect(alone.sent).toHaveLength(before)
  })

  it('from another address do not touch a connection', () => {
    const alone = new Alone()
    const { side, ack } = alone.open()
    const reset = { type: PacketType.reset, connectionId: 8, sequence: 102, ack }
    alone.receive(reset, undefined, { ...STRANGER, port: 6882 })
    alone.receive(reset, undefined, { ...STRANGER, host: '192.0.2.2' })
    expect(side.ends).toEqual([])
    alone.receive(reset)
    expect(side.ends).toEqual(['reset'])
    expect(alone.table.size).toBe(0)
  })

  it('of any content break nothing', () => {
    const alone = new Alone()
    const { side } = alone.open()
    side.connection.write(new Uint8Array(5000))
    fc.assert(
      fc.property(
        fc.record({
          type: fc.integer({ min: 0, max: 4 }),
          connectionId: fc.constantFrom(7, 8, 9),
          timestampUs: fc.integer({ min: 0, max: 0xffffffff }),
          delayUs: fc.integer({ min: 0, max: 0xffffffff }),
          windowBytes: fc.integer({ min: 0, max: 0xffffffff }),
          sequence: fc.integer({ min: 0, max: 0xffff }),
          ack: fc.integer({ min: 0, max: 0xffff }),
        }),
        fc.uint8Array({ maxLength: 40 }),
        (head, payload) => {
          alone.nowUs += 1000
          alone.receive(head, payload)
          alone.table.tick(alone.nowUs)
        },
      ),
      { numRuns: 3000 },
    )
    expect(alone.table.halfOpen).toBeLessThanOrEqual(200)
  })
})

describe('a receiver that misbehaves', () => {
  /** A connection with packets under way; `first` is the sequence number of the first. */
  function sending(): { alone: Alone; side: Side; first: number } {
    const alone = new Alone()
    const { side, ack } = alone.open()
    side.connection.write(new Uint8Array(100_000))
    alone.table.flush(alone.nowUs)
    return { alone, side, first: (ack + 1) & 0xffff }
  }

  const state = { type: PacketType.state, connectionId: 8, sequence: 102 }

  it('by acknowledging what was not sent gains nothing and is dropped', () => {
    const { alone, side, first } = sending()
    const before = alone.sent.length
    for (let i = 0; i < 7; i++) alone.receive({ ...state, ack: (first + 20) & 0xffff })
    expect(side.ends).toEqual([])
    expect(alone.sent.length).toBe(before)
    alone.receive({ ...state, ack: (first + 20) & 0xffff })
    expect(side.ends).toEqual(['misbehaved'])
  })

  it('by selective acknowledgment of what was not sent gains nothing either', () => {
    const { alone, side, first } = sending()
    const packet = new Uint8Array(HEADER_BYTES + 254)
    writeHead(packet, { ...createHead(), ...state, windowBytes: 1e6, ack: (first - 1) & 0xffff })
    packet.fill(0xff, writeSack(packet, 252))
    const before = alone.sent.length
    for (let i = 0; i < 8; i++) alone.receiveBytes(packet)
    expect(alone.sent.length).toBe(before)
    expect(side.ends).toEqual(['misbehaved'])
  })

  it('with a window of one byte gets one packet per timeout, not one per byte', () => {
    const { alone, side, first } = sending()
    const before = alone.sent.length
    let ack = first - 1
    for (let i = 0; i < 600; i++) {
      alone.pass(100_000)
      ack = Math.max(ack, ...alone.sent.map(({ head }) => (head.type === PacketType.data ? head.sequence : 0)))
      alone.receive({ ...state, ack: ack & 0xffff, windowBytes: 1 })
    }
    const packets = alone.sent.slice(before).filter(({ head }) => head.type === PacketType.data)
    expect(side.ends).toEqual([])
    expect(packets.length).toBeGreaterThan(2)
    expect(packets.length).toBeLessThan(130)
  })

  it('that is silent is given up within a minute', () => {
    const { alone, side } = sending()
    const before = alone.sent.length
    alone.pass(62 * SECOND)
    expect(side.ends).toEqual(['timed-out'])
    expect(alone.table.size).toBe(0)
    expect(alone.sent.length - before).toBeLessThan(30)
  })
})

describe('a sender that misbehaves', () => {
  it('makes us keep no more than the window, in order or not', () => {
    const alone = new Alone()
    const { side, ack } = alone.open()
    side.connection.pause()
    const payload = new Uint8Array(1400)
    for (let i = 0; i < 1000; i++) {
      alone.receive({ type: PacketType.data, connectionId: 8, sequence: 104 + 2 * i, ack }, payload)
    }
    const { windowBytes } = alone.last
    expect(windowBytes).toBeLessThan(1400)
    for (let i = 0; i < 1000; i++) {
      alone.receive({ type: PacketType.data, connectionId: 8, sequence: 102 + i, ack }, payload)
    }
    expect(alone.last.windowBytes).toBeGreaterThanOrEqual(0)
    side.connection.resume()
    expect(side.bytes).toBeLessThanOrEqual(524_288 + 1400)
  })

  it('of a storm of ends gets one', () => {
    const alone = new Alone()
    const { side, ack } = alone.open()
    const fin = { type: PacketType.fin, connectionId: 8, ack }
    for (let i = 0; i < 500; i++) alone.receive({ ...fin, sequence: 110 + (i % 50) })
    expect(side.ends).toEqual([])
    for (let i = 0; i < 500; i++) alone.receive({ ...fin, sequence: 102 })
    expect(side.ends).toEqual([])
    for (let sequence = 102; sequence < 110; sequence++) {
      alone.receive({ type: PacketType.data, connectionId: 8, sequence, ack }, Uint8Array.of(1))
    }
    expect(side).toMatchObject({ bytes: 9, ends: ['finished'] })
    alone.pass(20 * SECOND)
    expect(alone.table.size).toBe(0)
  })
})

describe('an initiator', () => {
  function dialling(): { alone: Alone; connection: UtpConnection; side: Side; syn: PacketHead } {
    const alone = new Alone()
    const connection = alone.table.connect(STRANGER, alone.nowUs)!
    const side = watch(connection)
    alone.table.flush(alone.nowUs)
    return { alone, connection, side, syn: alone.last }
  }

  it('takes nothing but the answer to its SYN', () => {
    const { alone, side, syn } = dialling()
    const { connectionId } = syn
    alone.receive({ type: PacketType.data, connectionId, sequence: 5, ack: syn.sequence }, Uint8Array.of(1))
    alone.receive({ type: PacketType.state, connectionId, sequence: 5, ack: syn.sequence + 1 })
    alone.receive({ type: PacketType.fin, connectionId, sequence: 5, ack: syn.sequence })
    expect(side).toMatchObject({ isConnected: false, bytes: 0, ends: [] })
    alone.receive({ type: PacketType.state, connectionId, sequence: 5, ack: syn.sequence })
    expect(side.isConnected).toBe(true)
    expect(alone.last).toMatchObject({ type: PacketType.state, connectionId: connectionId + 1, ack: 4 })
  })

  it('asks again, less and less often, and gives up', () => {
    const { alone, side } = dialling()
    alone.pass(80 * SECOND)
    expect(alone.sent.every(({ head }) => head.type === PacketType.syn)).toBe(true)
    expect(alone.sent.length).toBeGreaterThan(3)
    expect(alone.sent.length).toBeLessThan(9)
    expect(side.ends).toEqual(['timed-out'])
  })

  it('ends when it is refused', () => {
    const { alone, side, syn } = dialling()
    alone.receive({ type: PacketType.reset, connectionId: syn.connectionId, ack: syn.sequence })
    expect(side.ends).toEqual(['reset'])
    expect(alone.table.size).toBe(0)
  })
})
