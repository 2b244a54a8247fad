// A socket that takes few packets at a time and looks at them later, as a system with a full buffer does.

import { seededRandom } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'

import { UtpTable } from '../src/index.ts'
import type { UtpOutput, UtpRemote } from '../src/index.ts'
import { checkPattern, pattern, watch } from './simulation.ts'
import type { Side } from './simulation.ts'

const NEAR: UtpRemote = { host: '10.0.0.1', port: 1 }
const FAR: UtpRemote = { host: '10.0.0.2', port: 2 }

interface Waiting {
  readonly packet: Uint8Array
  readonly length: number
  readonly copy: Uint8Array
}

class BusySocket implements UtpOutput {
  readonly table: UtpTable
  readonly #takes: number
  #waiting: Waiting[] = []
  scratch: Uint8Array = new Uint8Array(65_536)

  constructor(takes: number, seed: number) {
    this.#takes = takes
    this.table = new UtpTable({
      random: seededRandom(seed),
      maxPacketBytes: () => 1472,
      wantFlush: () => {},
      outputTo: () => this,
    })
  }

  get isReady(): boolean {
    return this.#waiting.length < this.#takes
  }

  send(packet: Uint8Array, length: number): boolean {
    expect(this.isReady).toBe(true)
    this.#waiting.push({ packet, length, copy: packet.slice(0, length) })
    if (!this.isReady && packet === this.scratch) this.scratch = new Uint8Array(65_536)
    return this.isReady
  }

  /** The last packet has to be as it was when it was given; the others were looked at at once. */
  drain(): Uint8Array[] {
    const last = this.#waiting.at(-1)
    if (!this.isReady) expect(last?.packet.subarray(0, last.length)).toEqual(last?.copy)
    return this.#waiting.splice(0).map(({ copy }) => copy)
  }
}

describe('a busy socket', () => {
  it.each([1, 2, 7])('that takes %i packets at a time gets all of them, unchanged', (takes) => {
    const near = new BusySocket(takes, 1)
    const far = new BusySocket(takes, 2)
    let nowUs = 1_000_000
    const taken: Side[] = []
    far.table.accept = (connection) => void taken.push(watch(connection, checkPattern))
    const side = watch(near.table.connect(FAR, nowUs)!)
    side.connection.write(pattern(200_000))
    for (let turn = 0; turn < 5000 && taken[0]?.bytes !== 200_000; turn++) {
      nowUs += 1000
      for (const packet of near.drain()) far.table.input(packet, NEAR, nowUs)
      for (const packet of far.drain()) near.table.input(packet, FAR, nowUs)
      for (const { table } of [near, far]) {
        table.flush(nowUs)
        table.flushAll(nowUs)
        table.tick(nowUs)
      }
    }
    expect(taken[0]?.bytes).toBe(200_000)
  })
})
