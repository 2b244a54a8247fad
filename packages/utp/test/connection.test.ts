// What one connection does besides carrying bytes.

import { describe, expect, it } from 'vitest'

import { createHead, PacketType, readHead } from '../src/packet.ts'
import { Pair, pour, watch } from './simulation.ts'
import type { Host } from './simulation.ts'

const SECOND = 1_000_000

/** Lengths of the data packets that a host sends from now on. */
function lengthsOf(host: Host): number[] {
  const lengths: number[] = []
  const head = createHead()
  host.spy = (packet) => {
    if (readHead(packet, head) && head.type === PacketType.data) lengths.push(packet.length)
  }
  return lengths
}

describe('writing', () => {
  it('asks to wait from 64 KiB on, and tells when all is sent', () => {
    const { near } = new Pair({ delayUs: 10_000 }).open()
    expect(near.connection.write(new Uint8Array(65_535))).toBe(true)
    expect(near.connection.write(new Uint8Array(1))).toBe(false)
  })

  it('tells it once per time that it asked', () => {
    const pair = new Pair({ delayUs: 10_000 })
    const { near } = pair.open()
    near.connection.write(new Uint8Array(1000))
    pair.time.run(pair.time.nowUs + SECOND)
    expect(near.drains).toBe(0)
    for (let i = 0; i < 3; i++) near.connection.write(new Uint8Array(65_536))
    pair.time.run(pair.time.nowUs + SECOND)
    expect([near.drains, near.connection.unsentBytes]).toEqual([1, 0])
  })

  it('is over after the end', () => {
    const pair = new Pair({})
    const { near } = pair.open()
    near.connection.close(pair.near.nowUs)
    expect(near.connection.write(new Uint8Array(1))).toBe(false)
    expect(near.connection.unsentBytes).toBe(0)
  })

  it('of many small parts in one turn shares packets', () => {
    const pair = new Pair({ delayUs: 1000 })
    const { near, far } = pair.open()
    const lengths = lengthsOf(pair.near)
    for (let i = 0; i < 100; i++) near.connection.write(new Uint8Array(17))
    pair.time.run(pair.time.nowUs + SECOND)
    expect(far.bytes).toBe(1700)
    expect(lengths).toHaveLength(2)
  })
})

describe('reading', () => {
  it('that pauses holds the other side back, and going on lets it go on', () => {
    const pair = new Pair({ delayUs: 5000, rateBps: 10_000_000 })
    const { near, far } = pair.open()
    far.connection.pause()
    pour(near)
    pair.time.run(pair.time.nowUs + 5 * SECOND)
    const sent = pair.there.sentBytes
    expect([far.bytes, near.ends, far.ends]).toEqual([0, [], []])
    expect(sent).toBeLessThan(700_000)
    pair.time.run(pair.time.nowUs + 100 * SECOND)
    expect(pair.there.sentBytes - sent).toBeLessThan(50_000)
    expect(near.ends).toEqual([])
    far.connection.resume()
    pair.time.run(pair.time.nowUs + 5 * SECOND)
    expect(far.bytes).toBeGreaterThan(30_000_000)
  })

  it('acknowledges many packets of one moment at once', () => {
    const pair = new Pair({ delayUs: 5000 })
    const { near, far } = pair.open()
    near.connection.write(new Uint8Array(400_000))
    let answers = 0
    pair.far.spy = () => answers++
    const lengths = lengthsOf(pair.near)
    pair.time.run(pair.time.nowUs + SECOND)
    expect(far.bytes).toBe(400_000)
    expect(answers).toBeLessThan(lengths.length / 4)
  })
})

describe('packets', () => {
  it.each([
    ['Ethernet', 1472, Infinity, 1472],
    ['loopback', 16_384, Infinity, 16_384],
    ['a path of 1500 behind an interface that says more', 16_384, 1500, 1472],
    ['a tunnel', 1472, 1430, 1400],
    ['the least path there is', 1472, 1280, 1232],
  ])('grow to what the path takes: %s', (_, maxPacketBytes, most, expected) => {
    const pair = new Pair({ delayUs: 1000, rateBps: 4e6, maxPacketBytes: most }, { delayUs: 1000 }, { maxPacketBytes })
    const { near, far } = pair.open()
    const lengths = lengthsOf(pair.near)
    pour(near)
    pair.time.run(pair.time.nowUs + SECOND)
    expect(near.connection.packetBytes).toBe(expected)
    expect(far.bytes).toBeGreaterThan(2_000_000)
    expect(lengths.filter((length) => length > expected).length).toBeLessThanOrEqual(8)
  })

  it('shrink again when the path takes less all of a sudden', () => {
    let most = Infinity
    const link = {
      delayUs: 1000,
      rateBps: 1_000_000,
      get maxPacketBytes() {
        return most
      },
    }
    const pair = new Pair(link, { delayUs: 1000 })
    const { near, far } = pair.open()
    near.connection.write(new Uint8Array(200_000))
    pair.time.run(pair.time.nowUs + 2 * SECOND)
    expect(near.connection.packetBytes).toBe(1472)
    most = 1300
    near.connection.write(new Uint8Array(1000))
    pair.time.run(pair.time.nowUs + SECOND)
    expect(far.bytes).toBe(201_000)
    // A packet that is on its way can only be given up with its connection, within a minute.
    near.connection.write(new Uint8Array(100_000))
    pair.time.run(pair.time.nowUs + 62 * SECOND)
    expect(near.ends).toEqual(['timed-out'])
  })
})

describe('an idle connection', () => {
  it('sends something every 29 s, so that NATs remember it', () => {
    const pair = new Pair({ delayUs: 5000 })
    const { near, far } = pair.open()
    pair.time.run(pair.time.nowUs + SECOND)
    let packets = 0
    pair.near.spy = () => packets++
    pair.time.run(pair.time.nowUs + 300 * SECOND)
    expect(packets).toBeGreaterThanOrEqual(10)
    expect(packets).toBeLessThanOrEqual(21)
    expect([near.ends, far.ends]).toEqual([[], []])
  })
})

describe('the end', () => {
  it('takes what was written before it along, as far as the window goes', () => {
    const pair = new Pair({ delayUs: 5000, loss: 0.05 }, undefined, { seed: 4 })
    const { near, far } = pair.open()
    near.connection.write(new Uint8Array(3000))
    near.connection.close(pair.near.nowUs)
    pair.time.run(pair.time.nowUs + 20 * SECOND)
    expect(far).toMatchObject({ bytes: 3000, ends: ['finished'] })
    expect([pair.near.table.size, pair.far.table.size]).toEqual([0, 0])
  })

  it('from both sides at once is an end like any other', () => {
    const pair = new Pair({ delayUs: 5000 })
    const { near, far } = pair.open()
    near.connection.close(pair.near.nowUs)
    far.connection.close(pair.far.nowUs)
    pair.time.run(pair.time.nowUs + 20 * SECOND)
    expect([near.ends, far.ends]).toEqual([['finished'], ['finished']])
    expect([pair.near.table.size, pair.far.table.size]).toEqual([0, 0])
  })

  it('of a host that is gone is forgotten after 10 s', () => {
    const pair = new Pair({ delayUs: 5000 })
    const { near } = pair.open()
    pair.far.receive = () => {}
    near.connection.write(new Uint8Array(100))
    near.connection.close(pair.near.nowUs)
    pair.time.run(pair.time.nowUs + 11 * SECOND)
    expect(pair.near.table.size).toBe(0)
  })

  it('that is torn down reaches the other side', () => {
    const pair = new Pair({ delayUs: 5000 })
    const { near, far } = pair.open()
    near.connection.abort(pair.near.nowUs)
    pair.time.run(pair.time.nowUs + SECOND)
    expect([near.ends, far.ends]).toEqual([['reset'], ['reset']])
    expect([pair.near.table.size, pair.far.table.size]).toEqual([0, 0])
  })

  it('of many connections between two ports leaves nothing', () => {
    const pair = new Pair({ delayUs: 5000, loss: 0.02 })
    const sides = Array.from({ length: 100 }, () => pair.dial())
    pair.far.onAccept = (connection) => void watch(connection)
    for (const { connection } of sides) connection.write(new Uint8Array(10_000))
    pair.time.run(pair.time.nowUs + 20 * SECOND)
    expect(pair.far.accepted).toHaveLength(100)
    for (const { connection } of sides) connection.close(pair.near.nowUs)
    pair.time.run(pair.time.nowUs + 30 * SECOND)
    expect([pair.near.table.size, pair.far.table.size]).toEqual([0, 0])
  })
})
