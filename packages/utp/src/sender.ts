// The sending half of a connection: what is written becomes packets, as fast as the path, the other side's window and
// the congestion window allow; what is lost is sent again.

import { Congestion } from './congestion.ts'
import { DelayHistory } from './delay-history.ts'
import type { PacketPool } from './packet-pool.ts'
import { PacketSize } from './packet-size.ts'
import type { PacketWriter } from './packet-writer.ts'
import { HEADER_BYTES, PacketType } from './packet.ts'
import type { PacketHead } from './packet.ts'
import { RoundTrip } from './round-trip.ts'
import { SendQueue } from './send-queue.ts'
import { SendWindow } from './send-window.ts'
import type { AckResult } from './send-window.ts'
import { StandingQueue } from './standing-queue.ts'
import { sequenceAfter, sequenceDistance } from './sequence.ts'

const MAX_WINDOW_BYTES = 8_388_608
/** Bytes of one flush; the rest goes in the next, after packets that wait have been read. */
const MAX_BURST_BYTES = 1_048_576
const DUPLICATE_ACKS = 3
/** Full packets that follow a padded one. */
const PROBE_COMPANY = 4

/** How a sender starts. */
export interface SenderOptions {
  /** Our first sequence number. */
  readonly sequence: number
  /** Largest packet that the path may take, header included. */
  readonly maxPacketBytes: number
  readonly pool: PacketPool
  readonly writer: PacketWriter
}

/** Sends the bytes of one connection. */
export class Sender {
  readonly queue: SendQueue = new SendQueue()
  /** Delays of our packets, as the other side reports them. */
  readonly delays: DelayHistory = new DelayHistory()
  readonly #writer: PacketWriter
  readonly #pool: PacketPool
  readonly #sent: SendWindow
  readonly #size: PacketSize
  readonly #congestion: Congestion
  readonly #roundTrip = new RoundTrip()
  readonly #standing = new StandingQueue()
  /** Only `sequence` and `type` of the packet being sent. */
  readonly #head = { type: 0, sequence: 0 }
  #remoteWindowBytes = 0
  #finSequence = -1
  /** The padded packet under way, or -1. */
  #probeSequence = -1
  #duplicateAcks = 0
  /** One packet may go although the other side has no room: to hear when it has. */
  #mayProbeWindow = false
  /** When something new was acknowledged last, or began to wait for that. */
  #progressUs = -Infinity
  /** Timeouts in a row without anything new acknowledged. */
  #timeouts = 0
  #timeoutAtUs = Infinity

  constructor(options: SenderOptions) {
    this.#writer = options.writer
    this.#pool = options.pool
    this.#sent = new SendWindow(options.sequence, options.pool)
    this.#size = new PacketSize(options.maxPacketBytes)
    this.#congestion = new Congestion(this.#size.payloadBytes, MAX_WINDOW_BYTES)
  }

  /** When {@link Sender.timedOut} is due. */
  get timeoutAtUs(): number {
    return this.#timeoutAtUs
  }

  /** Bytes that may be under way, as far as the path is concerned. */
  get windowBytes(): number {
    return this.#congestion.windowBytes
  }

  /** Bytes of a full packet with its header. */
  get packetBytes(): number {
    return this.#size.bytes
  }

  /** Smoothed round-trip time; 0 when unknown. */
  get roundTripUs(): number {
    return this.#roundTrip.smoothUs
  }

  /** The sequence number of the next new packet. */
  get next(): number {
    return this.#sent.next
  }

  /** Whether our end has been sent, and all before and with it acknowledged. */
  get isFinished(): boolean {
    return this.#finSequence !== -1 && this.#sent.count === 0
  }

  /** Whether there is something that {@link Sender.flush} might send. */
  get hasWork(): boolean {
    return this.queue.bytes > 0 || this.#sent.lostPackets > 0
  }

  /**
   * How long what was sent has been waiting for its acknowledgment, or, when the other side has no room for it, for any
   * sign of life: that was at `heardUs`.
   */
  waitsUs(nowUs: number, heardUs: number): number {
    const hasRoom = this.#remoteWindowBytes >= this.#size.payloadBytes
    return nowUs - (hasRoom ? Math.min(heardUs, this.#progressUs) : heardUs)
  }

  /** See {@link SendWindow.isPlausible}. */
  isPlausible(ack: number, sack: Uint8Array): boolean {
    return this.#sent.isPlausible(ack, sack)
  }

  /** Whether `ack` acknowledges the first packet and nothing else. */
  isFirst(ack: number): boolean {
    return this.#sent.count > 0 && ack === this.#sent.first
  }

  /** Takes a plausible acknowledgment. */
  acknowledge(head: PacketHead, sack: Uint8Array, nowUs: number): void {
    this.#remoteWindowBytes = head.windowBytes
    this.#countDuplicate(head, nowUs)
    const result = this.#sent.acknowledge(head.ack, sack, nowUs, this.#roundTrip.smoothUs / 4)
    if (result.sampleUs >= 0) this.#roundTrip.add(result.sampleUs, nowUs)
    if (result.packets > 0) this.#progressed(result, nowUs)
    if (this.#probeSequence !== -1 && sequenceDistance(head.ack, this.#probeSequence) >= 0) this.#probeArrived()
    const lost = this.#isProbeLost() ? result.lost - 1 : result.lost
    if (lost > 0) this.#noteLoss(lost, result.isNewEpisode)
    if (result.packets > 0 && this.#sent.count === 0 && this.queue.bytes === 0) this.#timeoutAtUs = Infinity
  }

  /** Asks for a connection, again when the last time is a timeout ago. */
  sendSyn(nowUs: number): void {
    if (!this.#writer.isReady) return
    if (this.#sent.count === 0) this.#sent.push(this.#pool.take(HEADER_BYTES), 0, nowUs)
    else if (this.#sent.lostPackets > 0) this.#sent.sentAgain(this.#sent.first, nowUs)
    else return
    this.#writer.sendSyn(this.#sent.first, nowUs)
    this.#arm(nowUs)
  }

  /** Sends what may be sent; `more` when that is too much for one turn. */
  flush(nowUs: number): 'more' | 'done' {
    this.#sendLost(nowUs)
    const rest = this.#sendNew(nowUs)
    this.#arm(nowUs)
    return rest
  }

  /** Sends our end, once. */
  finish(nowUs: number): void {
    if (this.#finSequence !== -1 || this.#sent.isFull || !this.#writer.isReady) return
    this.#finSequence = this.#sent.next
    this.#sent.push(this.#pool.take(HEADER_BYTES), 0, nowUs)
    this.#transmit(this.#finSequence, nowUs)
    this.#arm(nowUs)
  }

  /** Nothing new was acknowledged for as long as it may take. */
  timedOut(nowUs: number): void {
    this.#roundTrip.backOff()
    this.#timeoutAtUs = nowUs + this.#roundTrip.timeoutUs
    this.#mayProbeWindow = this.#sent.count === 0
    if (this.#mayProbeWindow) return
    const isAlone = this.#sent.count === 1
    this.#sent.loseAll(nowUs)
    if (!this.#isProbeLost() || !isAlone) this.#congestion.timedOut()
    // Perhaps the path takes no packets of this size any more.
    if (++this.#timeouts >= 2) this.#restartSize()
  }

  /** Forgets everything and gives its memory back. */
  clear(): void {
    this.queue.clear()
    this.#sent.clear()
    this.#timeoutAtUs = Infinity
  }

  /** For receivers without selective ACK: three repeated acknowledgments mean that the next packet is lost. */
  #countDuplicate(head: PacketHead, nowUs: number): void {
    const isRepeated =
      head.type === PacketType.state &&
      head.sackBytes === 0 &&
      this.#sent.flightBytes > 0 &&
      sequenceAfter(head.ack, 1) === this.#sent.first
    this.#duplicateAcks = isRepeated ? this.#duplicateAcks + 1 : 0
    if (this.#duplicateAcks === DUPLICATE_ACKS && this.#sent.loseFirst(nowUs)) this.#noteLoss(1, true)
  }

  #progressed(result: AckResult, nowUs: number): void {
    this.#timeouts = 0
    this.#progressUs = nowUs
    this.#roundTrip.progressed()
    this.#timeoutAtUs = nowUs + this.#roundTrip.timeoutUs
    const queuingUs = this.#queuingUs()
    this.#standing.add(queuingUs, this.#roundTrip.smoothUs, nowUs)
    this.#congestion.acknowledged({
      ackedBytes: result.bytes,
      ackedPackets: result.packets,
      queuingUs,
      standingUs: this.#standing.lowestUs,
      isLimited: 2 * (this.#sent.flightBytes + result.bytes) >= this.#congestion.windowBytes,
    })
  }

  /** No queue is longer than the whole round trip: a clock that jumps cannot say otherwise. */
  #queuingUs(): number {
    return Math.min(this.delays.queuingUs, this.#roundTrip.smoothUs)
  }

  #noteLoss(packets: number, isNewEpisode: boolean): void {
    const path = { standingUs: this.#standing.lowestUs, lowestUs: this.#roundTrip.lowestUs }
    this.#congestion.lost(packets, path, isNewEpisode)
  }

  /** Whether it is now known that the padded packet was lost, which says nothing about congestion. */
  #isProbeLost(): boolean {
    if (this.#probeSequence === -1 || !this.#sent.isLost(this.#probeSequence)) return false
    this.#probeSequence = -1
    this.#size.probeLost()
    return true
  }

  #probeArrived(): void {
    this.#probeSequence = -1
    this.#size.probeArrived()
    this.#congestion.setPacketBytes(this.#size.payloadBytes)
  }

  #restartSize(): void {
    this.#probeSequence = -1
    this.#size.restart()
    this.#congestion.setPacketBytes(this.#size.payloadBytes)
  }

  #sendLost(nowUs: number): void {
    while (this.#sent.lostPackets > 0 && this.#writer.isReady) {
      const sequence = this.#sent.firstLost()
      const flight = this.#sent.flightBytes
      if (flight > 0 && flight + this.#sent.lengthOf(sequence) > this.#congestion.windowBytes) return
      this.#sent.sentAgain(sequence, nowUs)
      this.#transmit(sequence, nowUs)
    }
  }

  #sendNew(nowUs: number): 'more' | 'done' {
    for (let burst = 0; burst < MAX_BURST_BYTES && this.#writer.isReady;) {
      const length = Math.min(this.queue.bytes, this.#size.payloadBytes)
      if (length === 0 || !this.#hasRoom(length)) return 'done'
      const sequence = this.#sent.next
      const buffer = this.#pool.take(HEADER_BYTES + length)
      this.queue.moveTo(buffer, HEADER_BYTES, length)
      this.#sent.push(buffer, length, nowUs)
      if (this.#isTimeToProbe()) this.#transmitProbe(sequence, nowUs)
      else this.#transmit(sequence, nowUs)
      burst += length
    }
    return this.#writer.isReady ? 'more' : 'done'
  }

  /** A lost probe is noticed by the packets after it: there have to be some, all full. */
  #isTimeToProbe(): boolean {
    const enough = PROBE_COMPANY * this.#size.payloadBytes
    return this.#size.probeBytes > 0 && this.queue.bytes >= enough && this.#congestion.windowBytes >= 2 * enough
  }

  #hasRoom(length: number): boolean {
    if (this.#sent.isFull || this.#sent.lostPackets > 0) return false
    const flight = this.#sent.flightBytes
    if (flight + length <= Math.min(this.#congestion.windowBytes, this.#remoteWindowBytes)) return true
    const mayProbe = this.#mayProbeWindow && flight === 0
    this.#mayProbeWindow = false
    return mayProbe
  }

  #transmit(sequence: number, nowUs: number): void {
    const buffer = this.#sent.bufferOf(sequence)
    const length = this.#sent.lengthOf(sequence)
    this.#head.type = sequence === this.#finSequence ? PacketType.fin : PacketType.data
    this.#head.sequence = sequence
    if (this.#writer.sendPayload(this.#head, buffer, length, nowUs)) return
    // The socket keeps the buffer for a while; the header of what we may have to send again must change.
    const copy = this.#pool.take(HEADER_BYTES + length)
    copy.set(buffer.subarray(0, HEADER_BYTES + length))
    this.#sent.replaceBuffer(sequence, copy)
  }

  #transmitProbe(sequence: number, nowUs: number): void {
    const payload = this.#sent.bufferOf(sequence).subarray(HEADER_BYTES, this.#size.bytes)
    this.#probeSequence = sequence
    this.#writer.sendPadded(sequence, payload, this.#size.probeBytes, nowUs)
    this.#size.probeSent()
  }

  /** Starts the timeout when something waits for an answer, stops it when nothing does. */
  #arm(nowUs: number): void {
    const isWaiting = this.#sent.count > 0 || this.queue.bytes > 0
    if (!isWaiting) this.#timeoutAtUs = Infinity
    if (!isWaiting || this.#timeoutAtUs !== Infinity) return
    this.#progressUs = nowUs
    this.#timeoutAtUs = nowUs + this.#roundTrip.timeoutUs
  }
}
