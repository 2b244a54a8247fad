// One uTP connection (BEP 29) without socket and clock: packets and the time go in, packets and bytes come out. What is
// to be sent leaves in `flush`, which the owner calls once after a batch of packets: many packets get one
// acknowledgment, and many writes leave in full packets.

import { DelayHistory } from './delay-history.ts'
import type { PacketPool } from './packet-pool.ts'
import { PacketWriter } from './packet-writer.ts'
import type { UtpOutput } from './packet-writer.ts'
import { PacketType } from './packet.ts'
import type { PacketHead } from './packet.ts'
import { ReceiveWindow } from './receive-window.ts'
import { Sender } from './sender.ts'
import { microsDistance, sequenceAfter } from './sequence.ts'

/** From this many unsent bytes on `write` asks for a pause, as node's TCP sockets do. */
const HIGH_WATER_BYTES = 65_536
/** NATs forget a UDP flow after 30 s. */
const KEEP_ALIVE_US = 29_000_000
/** The other side, or the path to it, is gone when what was sent gets no answer for this long. */
const MAX_WAIT_US = 45_000_000
/** After our end, what is under way gets this long to arrive. */
const LINGER_US = 10_000_000
/** Packets that acknowledge what was never sent, in a row, before the other side counts as hostile. */
const MAX_FALSE_ACKS = 8
/** More than this is no drift of a clock. */
const MAX_DRIFT_US = 10_000

/** With this libutp says that it does not know the delay yet; others say 0. */
const UNKNOWN_DELAY = 0x7fff_ffff

const NOTHING = new Uint8Array(0)

/**
 * Why a connection ended: one side said goodbye, the other side tore it down or was not there, it fell silent, or it
 * acknowledged what it was never sent.
 */
export type UtpEnd = 'finished' | 'reset' | 'timed-out' | 'misbehaved'

/** Receives what happens on a connection. */
export interface UtpHandler {
  /** The other side has answered; only for the initiator. */
  connected(): void
  /** Received bytes in order: a view, valid until this returns. */
  data(bytes: Uint8Array): void
  /** Everything written has been sent at least once, after a `write` that asked to wait. */
  drained(): void
  /** Called once; afterwards nothing is called. */
  closed(end: UtpEnd): void
}

/** How a connection starts. */
export interface ConnectionOptions {
  readonly role: 'initiator' | 'acceptor'
  /** Packets to us carry this id, packets from us the other one. */
  readonly receiveId: number
  readonly sendId: number
  /** Our first sequence number. */
  readonly sequence: number
  /** The last one of the other side that is known: for the acceptor, that of the SYN. */
  readonly ack: number
  /** Largest packet that the path to the other side may take, header included. */
  readonly maxPacketBytes: number
  readonly output: UtpOutput
  readonly pool: PacketPool
  /** {@link UtpConnection.flush} is due. Called once until then. */
  readonly wantFlush: (connection: UtpConnection) => void
}

/** A connection; reading starts with {@link UtpConnection.resume}. */
export class UtpConnection {
  readonly receiveId: number
  readonly sendId: number
  readonly #wantFlush: (connection: UtpConnection) => void
  readonly #writer: PacketWriter
  readonly #sender: Sender
  readonly #received: ReceiveWindow
  readonly #theirDelays = new DelayHistory()
  #handler: UtpHandler | undefined
  #state: 'syn' | 'open' | 'closing' | 'closed'
  #isFlushWanted = false
  /** A write asked to wait. */
  #isDrainDue = false
  #falseAcks = 0
  #lastHeardUs: number
  #closeAtUs = Infinity

  /** `nowUs` is the time, as in every call: microseconds of a clock that never goes back. */
  constructor(options: ConnectionOptions, nowUs: number) {
    const { pool, sequence, maxPacketBytes } = options
    this.receiveId = options.receiveId
    this.sendId = options.sendId
    this.#wantFlush = options.wantFlush
    this.#received = new ReceiveWindow((bytes) => this.#handler?.data(bytes))
    this.#received.start(options.ack)
    this.#writer = new PacketWriter(options.output, options, this.#received, nowUs)
    this.#sender = new Sender({ sequence, maxPacketBytes, pool, writer: this.#writer })
    this.#lastHeardUs = nowUs
    this.#state = options.role === 'initiator' ? 'syn' : 'open'
    if (this.#state === 'syn') this.#markDirty()
  }

  /** Written bytes that have not been sent: their views are still looked at. */
  get unsentBytes(): number {
    return this.#sender.queue.bytes
  }

  /** Bytes that may be under way, as far as the path is concerned. */
  get windowBytes(): number {
    return this.#sender.windowBytes
  }

  /** Bytes of a full packet with its header. */
  get packetBytes(): number {
    return this.#sender.packetBytes
  }

  /** Smoothed round-trip time in microseconds; 0 when unknown. */
  get roundTripUs(): number {
    return this.#sender.roundTripUs
  }

  /** Whether it has ended and its id may be used again. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** When {@link UtpConnection.tick} is due. */
  get nextTimerUs(): number {
    if (this.#state === 'closed') return Infinity
    return Math.min(this.#sender.timeoutAtUs, this.#closeAtUs, this.#writer.lastSentUs + KEEP_ALIVE_US)
  }

  /** Sets or replaces who is told. */
  attach(handler: UtpHandler): void {
    this.#handler = handler
  }

  /**
   * Queues bytes, which must not change until they are sent. Everything is taken; false asks to wait for `drained`
   * before much more.
   */
  write(bytes: Uint8Array): boolean {
    if (this.#state === 'closing' || this.#state === 'closed') return false
    this.#sender.queue.push(bytes)
    this.#markDirty()
    this.#isDrainDue ||= this.#sender.queue.bytes >= HIGH_WATER_BYTES
    return !this.#isDrainDue
  }

  /** Delivers no more: the window closes as bytes come in. */
  pause(): void {
    this.#received.pause()
  }

  /** Delivers what has come and what comes. */
  resume(): void {
    const freeBytes = this.#received.freeBytes
    this.#received.resume()
    if (this.#received.freeBytes !== freeBytes) {
      // The other side may be waiting for room.
      this.#writer.isAckDue = true
      this.#markDirty()
    }
    this.#endIfFinished()
  }

  /** Sends what may be sent of what is written, forgets the rest and says goodbye. */
  close(nowUs: number): void {
    if (this.#state === 'syn') return this.#end('finished')
    if (this.#state !== 'open') return
    this.flush(nowUs)
    this.#startClosing(nowUs)
  }

  /** Ends at once and tells the other side. */
  abort(nowUs: number): void {
    if (this.#state !== 'syn' && this.#state !== 'closed') this.#writer.sendReset(this.#sender.next, nowUs)
    this.#end('reset')
  }

  /** Takes a packet whose head has been read and whose id is ours. */
  input(packet: Uint8Array, head: PacketHead, nowUs: number): void {
    if (this.#state === 'closed') return
    if (head.type === PacketType.syn) return this.#answerAgain()
    const sack = head.sackBytes === 0 ? NOTHING : packet.subarray(head.sackAt, head.sackAt + head.sackBytes)
    if (!this.#isBelievable(head, sack)) return
    if (head.type === PacketType.reset) return this.#end('reset')
    this.#lastHeardUs = nowUs
    this.#noteDelays(head, nowUs)
    this.#sender.acknowledge(head, sack, nowUs)
    if (this.#state === 'syn') this.#open(head)
    this.#takePayload(packet, head, nowUs)
    if (this.#sender.isFinished) this.#end('finished')
    else if (this.#writer.isAckDue || this.#sender.hasWork) this.#markDirty()
  }

  /** Acknowledges what came and sends what may be sent. */
  flush(nowUs: number): void {
    this.#isFlushWanted = false
    if (this.#state === 'closed') return
    if (this.#state === 'syn') return this.#sender.sendSyn(nowUs)
    if (this.#sender.flush(nowUs) === 'more') this.#markDirty()
    if (this.#state === 'closing') this.#sender.finish(nowUs)
    if (this.#writer.isAckDue && this.#writer.isReady) this.#writer.sendState(this.#sender.next, nowUs)
    if (!this.#isDrainDue || this.#sender.queue.bytes > 0) return
    this.#isDrainDue = false
    this.#handler?.drained()
  }

  /** Does what the passing of time asks for. */
  tick(nowUs: number): void {
    if (this.#state === 'closed') return
    if (nowUs >= this.#closeAtUs) return this.#end('finished')
    if (nowUs >= this.#sender.timeoutAtUs) {
      if (this.#sender.waitsUs(nowUs, this.#lastHeardUs) > MAX_WAIT_US) return this.#end('timed-out')
      this.#sender.timedOut(nowUs)
    }
    if (nowUs >= this.#writer.lastSentUs + KEEP_ALIVE_US) this.#writer.isAckDue = true
    this.flush(nowUs)
  }

  /** An old packet of an earlier connection with this id, or one by a stranger, acknowledges something else. */
  #isBelievable(head: PacketHead, sack: Uint8Array): boolean {
    if (this.#state === 'syn')
      return this.#sender.isFirst(head.ack) && (head.type === PacketType.state || head.type === PacketType.reset)
    if (this.#sender.isPlausible(head.ack, sack)) {
      this.#falseAcks = 0
      return true
    }
    if (++this.#falseAcks >= MAX_FALSE_ACKS) this.#end('misbehaved')
    return false
  }

  /** A SYN that comes again has lost our answer; an initiator takes none. */
  #answerAgain(): void {
    if (this.#state === 'syn') return
    this.#writer.isAckDue = true
    this.#markDirty()
  }

  /** The answer carries the sequence number that the other side's first data will have. */
  #open(head: PacketHead): void {
    this.#state = 'open'
    this.#received.start(sequenceAfter(head.sequence, -1))
    // The acknowledgment proves to the other side that we are where we say.
    this.#writer.isAckDue = true
    this.#handler?.connected()
  }

  #noteDelays(head: PacketHead, nowUs: number): void {
    if (head.delayUs !== 0 && head.delayUs !== UNKNOWN_DELAY) this.#sender.delays.add(head.delayUs, nowUs)
    this.#writer.replyDelayUs = (nowUs - head.timestampUs) >>> 0
    const hadSamples = this.#theirDelays.hasSamples
    const before = this.#theirDelays.base
    this.#theirDelays.add(this.#writer.replyDelayUs, nowUs)
    // Their delays have become shorter than ever: our clock runs slow, which makes ours look longer by as much.
    const drift = microsDistance(before, this.#theirDelays.base)
    if (hadSamples && drift > 0 && drift <= MAX_DRIFT_US) this.#sender.delays.shift(drift)
  }

  #takePayload(packet: Uint8Array, head: PacketHead, nowUs: number): void {
    if (head.type === PacketType.state) return
    this.#writer.isAckDue = true
    if (head.type === PacketType.fin) this.#received.finish(head.sequence, nowUs)
    else this.#received.take(head.sequence, packet.subarray(head.payloadAt), nowUs)
    this.#endIfFinished()
  }

  /** The other side will send no more, and neither shall we. */
  #endIfFinished(): void {
    if (this.#state === 'open' && this.#received.isFinished) this.#startClosing(this.#lastHeardUs)
  }

  /** What still comes is acknowledged, so that the other side can end in peace, and goes nowhere. */
  #startClosing(nowUs: number): void {
    this.#state = 'closing'
    this.#sender.queue.clear()
    this.#closeAtUs = nowUs + LINGER_US
    this.#tellClosed('finished')
    this.#received.resume()
    this.#markDirty()
  }

  #end(end: UtpEnd): void {
    this.#state = 'closed'
    this.#sender.clear()
    this.#received.clear()
    this.#tellClosed(end)
    // The owner finds out that it can forget us.
    this.#markDirty()
  }

  #tellClosed(end: UtpEnd): void {
    const handler = this.#handler
    this.#handler = undefined
    handler?.closed(end)
  }

  #markDirty(): void {
    if (this.#isFlushWanted) return
    this.#isFlushWanted = true
    this.#wantFlush(this)
  }
}
