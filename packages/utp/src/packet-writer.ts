// Builds and sends the packets of one connection. Every packet carries the acknowledgment, so that any of them settles
// the one that is due; what came out of order can only be said in a packet without data.

import { createHead, HEADER_BYTES, PacketType, writeHead, writePadding, writeSack } from './packet.ts'
import type { PacketHead } from './packet.ts'
import type { ReceiveWindow } from './receive-window.ts'

/** Sends packets for connections. */
export interface UtpOutput {
  /** At least 65,536 bytes for packets that are built for one send; the output may put another buffer here. */
  readonly scratch: Uint8Array
  /** Sends the first `length` bytes. False: they are still being looked at, so that they must not change any more. */
  send(packet: Uint8Array, length: number): boolean
  /** False: the socket takes nothing for now; the owner flushes again when it does. */
  readonly isReady: boolean
}

/** Whose packets these are. */
export interface WriterIds {
  /** Packets to us carry this id, packets from us the other one. */
  readonly receiveId: number
  readonly sendId: number
}

/** The way out of one connection. */
export class PacketWriter {
  /** What we report of the other side's last packet: our clock − its timestamp. */
  replyDelayUs = 0
  /** Something came that has not been acknowledged. */
  isAckDue = false
  /** When the last packet was sent. */
  lastSentUs: number
  readonly #output: UtpOutput
  readonly #ids: WriterIds
  readonly #received: ReceiveWindow
  readonly #head: PacketHead = createHead()

  constructor(output: UtpOutput, ids: WriterIds, received: ReceiveWindow, nowUs: number) {
    this.#output = output
    this.#ids = ids
    this.#received = received
    this.lastSentUs = nowUs
  }

  /** Whether the socket takes packets. */
  get isReady(): boolean {
    return this.#output.isReady
  }

  /**
   * Sends a packet whose `payloadBytes` bytes of payload are already behind the place of the header. False: the buffer
   * must not change any more.
   */
  sendPayload(head: PayloadHead, buffer: Uint8Array, payloadBytes: number, nowUs: number): boolean {
    this.#write(buffer, head.type, head.sequence, nowUs)
    return this.#output.send(buffer, HEADER_BYTES + payloadBytes)
  }

  /** Sends a data packet as a copy that is padded to `packetBytes`. */
  sendPadded(sequence: number, payload: Uint8Array, packetBytes: number, nowUs: number): void {
    const packet = this.#output.scratch
    this.#write(packet, PacketType.data, sequence, nowUs)
    const at = writePadding(packet, packetBytes - HEADER_BYTES - payload.length)
    packet.set(payload, at)
    this.#output.send(packet, packetBytes)
  }

  /** Sends the acknowledgment; `next` is the sequence number of our next data. */
  sendState(next: number, nowUs: number): void {
    const packet = this.#output.scratch
    this.#write(packet, PacketType.state, next, nowUs)
    this.isAckDue = false
    const sackBytes = this.#received.sackBytes
    if (sackBytes === 0) return void this.#output.send(packet, HEADER_BYTES)
    const at = writeSack(packet, sackBytes)
    this.#received.writeSack(packet, at, sackBytes)
    this.#output.send(packet, at + sackBytes)
  }

  /** Asks for a connection. */
  sendSyn(sequence: number, nowUs: number): void {
    const packet = this.#output.scratch
    this.#write(packet, PacketType.syn, sequence, nowUs)
    // The only packet that carries the id of its sender (BEP 29).
    this.#head.connectionId = this.#ids.receiveId
    writeHead(packet, this.#head)
    this.#output.send(packet, HEADER_BYTES)
  }

  /** Tells the other side that the connection is gone. */
  sendReset(next: number, nowUs: number): void {
    this.#write(this.#output.scratch, PacketType.reset, next, nowUs)
    this.#output.send(this.#output.scratch, HEADER_BYTES)
  }

  #write(packet: Uint8Array, type: number, sequence: number, nowUs: number): void {
    const head = this.#head
    head.type = type
    head.connectionId = this.#ids.sendId
    head.timestampUs = nowUs >>> 0
    head.delayUs = this.replyDelayUs
    head.windowBytes = this.#received.freeBytes
    head.sequence = sequence
    head.ack = this.#received.ack
    writeHead(packet, head)
    this.lastSentUs = nowUs
    if (!this.#received.hasGaps) this.isAckDue = false
  }
}

/** Type and sequence number of a packet with a payload of its own. */
export interface PayloadHead {
  readonly type: number
  readonly sequence: number
}
