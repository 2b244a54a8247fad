// One question and one answer by UDP. There is one socket per address family, made on first use; while no question is
// open it does not keep the process alive. A datagram counts only when its transaction is open, it comes from where the
// question went, and it is an error or the kind of answer that was asked for. Everything else is noise: dropped.

import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'

import { normalIp } from '@ccbt/address'
import type { BindAddresses } from '@ccbt/address'
import type { Random } from '@ccbt/primitives'

import { aborted, errnoOf } from '../errors.ts'
import { readUdpAnswer, transactionOf } from './udp-packets.ts'
import type { UdpAnswer } from './udp-packets.ts'

/** Where a question goes: an IP literal in normal form. */
export interface UdpTarget {
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
}

/** A question: which kind of answer it wants, and its datagram. */
export interface UdpQuestion {
  readonly action: 'connect' | 'announce' | 'scrape'
  packet(transaction: number): Uint8Array
}

/** What came of a question. A tracker that cannot be sent to gives `unsent` with the system's short name. */
export type UdpOutcome = UdpAnswer | { readonly action: 'unsent'; readonly errno: string }

interface OpenQuestion {
  readonly target: UdpTarget
  readonly action: UdpQuestion['action']
  readonly settle: (outcome: UdpOutcome) => void
}

/** Asks questions. Open ones are bounded by their callers, who each wait for one. */
export class UdpExchange implements AsyncDisposable {
  readonly #bind: BindAddresses
  readonly #random: Random
  readonly #open = new Map<number, OpenQuestion>()
  readonly #sockets = new Map<4 | 6, Promise<Socket>>()
  #isClosed = false

  constructor(bind: BindAddresses, random: Random) {
    this.#bind = bind
    this.#random = random
  }

  /** Sends once and waits for the answer until `signal`, which then rejects with ABORTED. */
  async ask(target: UdpTarget, question: UdpQuestion, signal: AbortSignal): Promise<UdpOutcome> {
    let socket: Socket
    try {
      socket = await this.#socket(target.family)
    } catch (error) {
      return { action: 'unsent', errno: errnoOf(error) }
    }
    if (signal.aborted || this.#isClosed) throw aborted()
    return await this.#askOn(socket, target, question, signal)
  }

  async #askOn(socket: Socket, target: UdpTarget, question: UdpQuestion, signal: AbortSignal): Promise<UdpOutcome> {
    const transaction = this.#freeTransaction()
    const { promise, resolve, reject } = Promise.withResolvers<UdpOutcome>()
    const onAbort = (): void => reject(aborted())
    this.#open.set(transaction, { target, action: question.action, settle: resolve })
    signal.addEventListener('abort', onAbort, { once: true })
    socket.ref()
    socket.send(question.packet(transaction), target.port, target.address, (error) => {
      if (error !== null) resolve({ action: 'unsent', errno: errnoOf(error) })
    })
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', onAbort)
      this.#open.delete(transaction)
      if (this.#open.size === 0) this.#unref()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const question of this.#open.values()) question.settle({ action: 'unsent', errno: 'ECANCELED' })
    const opening = [...this.#sockets.values()]
    this.#sockets.clear()
    for (const result of await Promise.allSettled(opening)) if (result.status === 'fulfilled') await close(result.value)
  }

  #freeTransaction(): number {
    let transaction = this.#random.u32()
    while (this.#open.has(transaction)) transaction = this.#random.u32()
    return transaction
  }

  #socket(family: 4 | 6): Promise<Socket> {
    const existing = this.#sockets.get(family)
    if (existing !== undefined) return existing
    const opening = openSocket(family, family === 4 ? this.#bind.v4 : this.#bind.v6)
    this.#sockets.set(family, opening)
    opening.then(
      (socket) => this.#listen(socket, family),
      // The next question tries again: an interface may come up later.
      () => this.#sockets.delete(family),
    )
    return opening
  }

  #listen(socket: Socket, family: 4 | 6): void {
    socket.on('message', (packet, from) => this.#receive(packet, from))
    socket.on('error', (error) => {
      // Whatever waits on this socket would wait in vain; the next question gets a new one.
      this.#sockets.delete(family)
      for (const question of this.#open.values()) {
        if (question.target.family === family) question.settle({ action: 'unsent', errno: errnoOf(error) })
      }
      socket.close()
    })
  }

  #receive(packet: Uint8Array, from: RemoteInfo): void {
    const transaction = transactionOf(packet)
    const question = transaction === undefined ? undefined : this.#open.get(transaction)
    if (question === undefined || !isSameEndpoint(question.target, from)) return
    const answer = readUdpAnswer(packet)
    if (answer?.action === question.action || answer?.action === 'error') question.settle(answer)
  }

  #unref(): void {
    for (const opening of this.#sockets.values()) {
      opening.then(
        (socket) => socket.unref(),
        () => {},
      )
    }
  }
}

function isSameEndpoint(target: UdpTarget, from: RemoteInfo): boolean {
  return from.port === target.port && normalIp(from.address) === target.address
}

function openSocket(family: 4 | 6, address: string | undefined): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const socket = family === 4 ? createSocket('udp4') : createSocket({ type: 'udp6', ipv6Only: true })
  const onError = (error: Error): void => {
    socket.close()
    reject(error)
  }
  socket.once('error', onError)
  socket.bind({ port: 0, ...(address === undefined ? {} : { address }) }, () => {
    socket.off('error', onError)
    socket.unref()
    resolve(socket)
  })
  return promise
}

function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()))
}
