// One question and one answer by UDP. There is one socket per address family, made on first use; while no question is
// open it does not keep the process alive. A datagram counts only when its transaction is open, it comes from where the
// question went, and it is an error or the kind of answer that was asked for. Everything else is noise: dropped.

import { familyOf, normalIp } from '@ccbt/address'
import type { BindAddresses, Endpoint } from '@ccbt/address'
import type { Random } from '@ccbt/primitives'
import type { Proxy } from '@ccbt/proxy'

import { aborted, errnoOf, udpNotRelayed } from '../errors.ts'
import { openRelay, openSocket } from './question-socket.ts'
import type { QuestionSocket, QuestionSocketHandler } from './question-socket.ts'
import { readUdpAnswer, transactionOf } from './udp-packets.ts'
import type { UdpAnswer } from './udp-packets.ts'

/** Where a question goes: an IP literal in normal form, or a name for a proxy to resolve, with the family 0. */
export interface UdpTarget {
  readonly address: string
  readonly family: 0 | 4 | 6
  readonly port: number
}

/** A question: which kind of answer it wants, and its datagram. */
export interface UdpQuestion {
  readonly action: 'connect' | 'announce' | 'scrape'
  packet(transaction: number): Uint8Array
}

/** What came of a question. A tracker that cannot be sent to gives `unsent` with the system's short name. */
export type UdpOutcome = (UdpAnswer & From) | { readonly action: 'unsent'; readonly errno: string }

/** The address family that an answer came over. */
interface From {
  readonly family: 4 | 6
}

interface OpenQuestion {
  readonly target: UdpTarget
  readonly action: UdpQuestion['action']
  readonly settle: (outcome: UdpOutcome) => void
}

/** What an {@link UdpExchange} works with. */
export interface UdpExchangeOptions {
  readonly bind: BindAddresses
  readonly random: Random
  /** The way of all questions; without a relay, none are asked. */
  readonly proxy: Pick<Proxy, 'relay'> | undefined
}

/** Asks questions. Open ones are bounded by their callers, who each wait for one. */
export class UdpExchange implements AsyncDisposable {
  readonly #options: UdpExchangeOptions
  readonly #open = new Map<number, OpenQuestion>()
  readonly #sockets = new Map<UdpTarget['family'], Promise<QuestionSocket>>()
  #isClosed = false

  constructor(options: UdpExchangeOptions) {
    this.#options = options
  }

  /** Sends once and waits for the answer until `signal`, which then rejects with ABORTED. */
  async ask(target: UdpTarget, question: UdpQuestion, signal: AbortSignal): Promise<UdpOutcome> {
    let socket: QuestionSocket
    try {
      socket = await this.#socket(target.family)
    } catch (error) {
      return { action: 'unsent', errno: errnoOf(error) }
    }
    if (signal.aborted || this.#isClosed) throw aborted()
    return await this.#askOn(socket, target, question, signal)
  }

  async #askOn(
    socket: QuestionSocket,
    target: UdpTarget,
    question: UdpQuestion,
    signal: AbortSignal,
  ): Promise<UdpOutcome> {
    const transaction = this.#freeTransaction()
    const { promise, resolve, reject } = Promise.withResolvers<UdpOutcome>()
    const onAbort = (): void => reject(aborted())
    this.#open.set(transaction, { target, action: question.action, settle: resolve })
    signal.addEventListener('abort', onAbort, { once: true })
    socket.ref()
    const to = { host: target.address, port: target.port }
    socket.send(question.packet(transaction), to, (error) => resolve({ action: 'unsent', errno: errnoOf(error) }))
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
    for (const result of await Promise.allSettled(opening))
      if (result.status === 'fulfilled') await result.value.close()
  }

  #freeTransaction(): number {
    const { random } = this.#options
    let transaction = random.u32()
    while (this.#open.has(transaction)) transaction = random.u32()
    return transaction
  }

  /** A relay is for all families, since only the proxy knows those of names. */
  #socket(target: UdpTarget['family']): Promise<QuestionSocket> {
    const family = this.#options.proxy === undefined ? target : 0
    const existing = this.#sockets.get(family)
    if (existing !== undefined) return existing
    const opening = this.#openSocket(family, {
      received: (packet, from) => this.#receive(packet, from),
      failed: (error) => this.#lost(family, error),
    })
    this.#sockets.set(family, opening)
    // The next question tries again: an interface may come up later.
    opening.catch(() => this.#sockets.delete(family))
    return opening
  }

  async #openSocket(family: UdpTarget['family'], handler: QuestionSocketHandler): Promise<QuestionSocket> {
    const { proxy, bind } = this.#options
    if (proxy?.relay !== undefined) return await openRelay(proxy.relay, handler)
    if (proxy !== undefined || family === 0) throw udpNotRelayed()
    return await openSocket(family, family === 4 ? bind.v4 : bind.v6, handler)
  }

  /** Whatever waits on this socket would wait in vain; the next question gets a new one. */
  #lost(family: UdpTarget['family'], error: Error): void {
    this.#sockets.delete(family)
    for (const question of this.#open.values()) {
      if (family === 0 || question.target.family === family)
        question.settle({ action: 'unsent', errno: errnoOf(error) })
    }
  }

  #receive(packet: Uint8Array, from: Endpoint): void {
    const transaction = transactionOf(packet)
    const question = transaction === undefined ? undefined : this.#open.get(transaction)
    if (question === undefined || !isSameEndpoint(question.target, from)) return
    const answer = readUdpAnswer(packet)
    const family = familyOf(from.host) === 'ipv4' ? 4 : 6
    if (answer?.action === question.action || answer?.action === 'error') question.settle({ ...answer, family })
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

/** Only the proxy knows which address a name has. */
function isSameEndpoint(target: UdpTarget, from: Endpoint): boolean {
  return from.port === target.port && (target.family === 0 || normalIp(from.host) === target.address)
}
