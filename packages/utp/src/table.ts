// All connections of one UDP socket: finds the one that a packet belongs to, answers SYNs, flushes what wants it.
//
// A SYN costs 64 bytes and one answer of its own size, never more: whoever sends it under a foreign address gains
// nothing. A connection is made, and its bytes are taken, only when a packet repeats the random sequence number of our
// answer. At most 200 answered SYNs are remembered, for 10 s; in a flood the oldest goes first, so that who answers
// within the time of 200 SYNs still gets through.

import { randomBelow } from '@ccbt/primitives'
import type { Random } from '@ccbt/primitives'

import { UtpConnection } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import { PacketPool } from './packet-pool.ts'
import type { UtpOutput } from './packet-writer.ts'
import { createHead, HEADER_BYTES, PacketType, readHead, writeHead } from './packet.ts'
import type { PacketHead } from './packet.ts'
import { FIRST_WINDOW_BYTES } from './receive-window.ts'
import { sequenceAfter } from './sequence.ts'

const MAX_HALF_OPEN = 200
const HALF_OPEN_US = 10_000_000
/** Resets are sent to strangers at most this often: packets of connections that are gone, but also forged ones. */
const RESETS_PER_SECOND = 50
const SECOND_US = 1_000_000
const IDS = 65_536
const ID_TRIES = 64

/** Where a packet comes from or goes to: an IP literal and a port. */
export interface UtpRemote {
  readonly host: string
  readonly port: number
}

/** What the table asks of its socket. */
export interface UtpTableOptions {
  readonly random: Random
  /** The way to one remote; its `send` gets packets for that remote only. */
  readonly outputTo: (remote: UtpRemote) => UtpOutput
  /** Largest packet that the way to a remote may take. */
  readonly maxPacketBytes: (remote: UtpRemote) => number
  /** Something is to be sent: {@link UtpTable.flush} is due. */
  readonly wantFlush: () => void
}

interface Entry {
  readonly remote: UtpRemote
  readonly connection: UtpConnection
}

interface HalfOpen {
  readonly receiveId: number
  readonly sequence: number
  readonly ack: number
  readonly sinceUs: number
}

type Start = Pick<ConnectionOptions, 'role' | 'receiveId' | 'sendId' | 'sequence' | 'ack'>

/** The connections of one socket. */
export class UtpTable {
  /** Takes a connection whose other side has proved its address. Absent: nobody listens. */
  accept: ((connection: UtpConnection, remote: UtpRemote) => void) | undefined
  readonly #options: UtpTableOptions
  readonly #pool = new PacketPool()
  /** By the id that packets to us carry; strangers may choose the same one. */
  readonly #entries = new Map<number, Entry[]>()
  /** In the order of arrival. */
  readonly #halfOpen = new Map<string, HalfOpen>()
  readonly #head: PacketHead = createHead()
  readonly #answer: PacketHead = createHead()
  readonly #wantFlush: (connection: UtpConnection) => void
  #dirty: UtpConnection[] = []
  #flushed: UtpConnection[] = []
  #size = 0
  #resets = 0
  #resetsSinceUs = -Infinity

  constructor(options: UtpTableOptions) {
    this.#options = options
    this.#wantFlush = (connection) => {
      this.#dirty.push(connection)
      if (this.#dirty.length === 1) options.wantFlush()
    }
  }

  /** Connections that have not ended, those that linger included. */
  get size(): number {
    return this.#size
  }

  /** SYNs that were answered and not yet followed by a packet that proves the address. */
  get halfOpen(): number {
    return this.#halfOpen.size
  }

  /** Starts a connection; `undefined` when no id is free. */
  connect(remote: UtpRemote, nowUs: number): UtpConnection | undefined {
    const receiveId = this.#freeId()
    if (receiveId === undefined) return undefined
    const sequence = randomBelow(this.#options.random, IDS)
    return this.#add(remote, { role: 'initiator', receiveId, sendId: (receiveId + 1) % IDS, sequence, ack: 0 }, nowUs)
  }

  /** Takes a datagram; what belongs to none of ours is passed over. False: it is no uTP packet at all. */
  input(packet: Uint8Array, remote: UtpRemote, nowUs: number): boolean {
    const head = this.#head
    if (!readHead(packet, head)) return false
    const connection = this.#addressee(remote, head)
    if (connection !== undefined) connection.input(packet, head, nowUs)
    else if (head.type === PacketType.syn) this.#takeSyn(remote, head, nowUs)
    else if (!this.#takeProof(packet, remote, nowUs)) this.#refuse(remote, head, nowUs)
    return true
  }

  /** Flushes the connections that asked for it; gives the earliest moment at which one of them needs `tick`. */
  flush(nowUs: number): number {
    const due = this.#dirty
    this.#dirty = this.#flushed
    let nextUs = Infinity
    for (const connection of due) {
      connection.flush(nowUs)
      if (connection.isClosed) this.#remove(connection)
      nextUs = Math.min(nextUs, connection.nextTimerUs)
    }
    due.length = 0
    this.#flushed = due
    return nextUs
  }

  /** Does what the passing of time asks for; gives the next moment at which it is needed. */
  tick(nowUs: number): number {
    let nextUs = Infinity
    for (const list of this.#entries.values()) {
      for (const { connection } of list) {
        if (connection.nextTimerUs <= nowUs) connection.tick(nowUs)
        nextUs = Math.min(nextUs, connection.nextTimerUs)
      }
    }
    return nextUs
  }

  /** The socket takes packets again: every connection may have some. */
  flushAll(nowUs: number): void {
    for (const list of this.#entries.values()) for (const { connection } of list) connection.flush(nowUs)
  }

  #add(remote: UtpRemote, start: Start, nowUs: number): UtpConnection {
    const { outputTo, maxPacketBytes } = this.#options
    const options = {
      ...start,
      maxPacketBytes: maxPacketBytes(remote),
      output: outputTo(remote),
      pool: this.#pool,
      wantFlush: this.#wantFlush,
    }
    const connection = new UtpConnection(options, nowUs)
    const list = this.#entries.get(start.receiveId)
    if (list === undefined) this.#entries.set(start.receiveId, [{ remote, connection }])
    else list.push({ remote, connection })
    this.#size++
    return connection
  }

  #remove(connection: UtpConnection): void {
    const list = this.#entries.get(connection.receiveId)
    const at = list?.findIndex((entry) => entry.connection === connection) ?? -1
    if (list === undefined || at === -1) return
    list.splice(at, 1)
    if (list.length === 0) this.#entries.delete(connection.receiveId)
    this.#size--
  }

  #freeId(): number | undefined {
    for (let i = 0; i < ID_TRIES; i++) {
      const id = randomBelow(this.#options.random, IDS)
      if (!this.#entries.has(id) && !this.#entries.has((id + 1) % IDS)) return id
    }
    return undefined
  }

  #addressee(remote: UtpRemote, head: PacketHead): UtpConnection | undefined {
    const id = head.connectionId
    if (head.type === PacketType.syn) return this.#find(remote, (id + 1) % IDS)
    const connection = this.#find(remote, id)
    if (connection !== undefined || head.type !== PacketType.reset) return connection
    // A reset by somebody who knows nothing of the connection repeats the id of our packet.
    const near = [this.#find(remote, (id + 1) % IDS), this.#find(remote, (id + IDS - 1) % IDS)]
    return near.find((each) => each?.sendId === id)
  }

  #find({ host, port }: UtpRemote, receiveId: number): UtpConnection | undefined {
    const list = this.#entries.get(receiveId)
    if (list === undefined) return undefined
    for (const { remote, connection } of list) {
      if (remote.port === port && remote.host === host) return connection
    }
    return undefined
  }

  #takeSyn(remote: UtpRemote, head: PacketHead, nowUs: number): void {
    if (this.accept === undefined) return this.#refuse(remote, head, nowUs)
    const receiveId = (head.connectionId + 1) % IDS
    const key = keyOf(remote, receiveId)
    let halfOpen = this.#halfOpen.get(key)
    if (halfOpen?.ack !== head.sequence) {
      const sequence = randomBelow(this.#options.random, IDS)
      this.#makeRoom(nowUs)
      halfOpen = { receiveId, sequence, ack: head.sequence, sinceUs: nowUs }
      this.#halfOpen.set(key, halfOpen)
    }
    this.#reply(remote, head, { type: PacketType.state, sequence: halfOpen.sequence, nowUs })
  }

  /** Forgets SYNs whose time is up, and the oldest one when there are too many. */
  #makeRoom(nowUs: number): void {
    for (const [key, { sinceUs }] of this.#halfOpen) {
      if (this.#halfOpen.size < MAX_HALF_OPEN && nowUs - sinceUs < HALF_OPEN_US) return
      this.#halfOpen.delete(key)
    }
  }

  /** Whether a packet repeats the random number of our answer: who sends it has received that. */
  #takeProof(packet: Uint8Array, remote: UtpRemote, nowUs: number): boolean {
    const head = this.#head
    const key = keyOf(remote, head.connectionId)
    const halfOpen = this.#halfOpen.get(key)
    if (halfOpen === undefined || head.ack !== sequenceAfter(halfOpen.sequence, -1)) return false
    this.#halfOpen.delete(key)
    const { accept } = this
    if (accept === undefined || head.type === PacketType.reset) return false
    const { receiveId, sequence, ack } = halfOpen
    const sendId = (receiveId + IDS - 1) % IDS
    const connection = this.#add(remote, { role: 'acceptor', receiveId, sendId, sequence, ack }, nowUs)
    accept(connection, remote)
    connection.input(packet, head, nowUs)
    return true
  }

  /** Tells a stranger that there is no such connection, unless that is what it says itself. */
  #refuse(remote: UtpRemote, head: PacketHead, nowUs: number): void {
    if (head.type === PacketType.reset) return
    if (nowUs - this.#resetsSinceUs > SECOND_US) {
      this.#resetsSinceUs = nowUs
      this.#resets = 0
    }
    if (++this.#resets > RESETS_PER_SECOND) return
    this.#reply(remote, head, { type: PacketType.reset, sequence: randomBelow(this.#options.random, IDS), nowUs })
  }

  /** Answers one packet with a bare header that carries the same id. */
  #reply(remote: UtpRemote, head: PacketHead, { type, sequence, nowUs }: Reply): void {
    const answer = this.#answer
    answer.type = type
    answer.connectionId = head.connectionId
    answer.timestampUs = nowUs >>> 0
    answer.delayUs = (nowUs - head.timestampUs) >>> 0
    answer.windowBytes = FIRST_WINDOW_BYTES
    answer.sequence = sequence
    answer.ack = head.sequence
    const output = this.#options.outputTo(remote)
    if (!output.isReady) return
    writeHead(output.scratch, answer)
    output.send(output.scratch, HEADER_BYTES)
  }
}

interface Reply {
  readonly type: number
  readonly sequence: number
  readonly nowUs: number
}

function keyOf({ host, port }: UtpRemote, receiveId: number): string {
  return `${host} ${port} ${receiveId}`
}
