// Questions to one peer by cc_xet, and its answers: without any torrent, or among the peers of one, where its scope is that
// torrent. Every wait has an end.

import { formatEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { bytesEqual, CcbtError, isCcbtError } from '@ccbt/primitives'
import type { ByteStream } from '@ccbt/transport'
import { makePeerId, XetReject } from '@ccbt/wire-protocol'
import type { XetMessage } from '@ccbt/wire-protocol'

import { contentInvalid, contentNotFound } from '../errors.ts'
import type { EncryptionPolicy } from '../peer/encryption-policy.ts'
import { pause } from '../pause.ts'
import { systemClock } from '../system.ts'
import { VERSION } from '../version.ts'
import { CONTENT_INFO_HASH, ContentLink, linkGreeting } from './content-link.ts'
import type { ContentWays } from './content-network.ts'
import { OUR_ABILITIES } from './exchange.ts'
import { owned } from './owned-message.ts'

const DIAL_TIMEOUT_MS = 10_000
/** Who has not introduced himself by then has nothing to say. */
const INTRODUCTION_MS = 20_000
/** How long one answer is waited for, and the leave to ask for data. */
const ANSWER_MS = 60_000
/** How often a question is put to a peer that is busy, and how long it is left alone in between. */
const MAX_TRIES = 6
const MAX_RETRY_MS = 10_000

/** In which order connections begin with an encrypted handshake or not. */
const HANDSHAKES: Readonly<Record<EncryptionPolicy, readonly boolean[]>> = {
  disabled: [false],
  allowed: [false, true],
  preferred: [true, false],
  required: [true],
}

/** We ask, and answer nothing. */
const ABILITIES = { ...OUR_ABILITIES, maps: false, data: false, places: false, heads: false, blocks: false }

/** Whom to speak with, about what. */
export interface Meeting {
  readonly peer: Endpoint
  /** Of a torrent, or CONTENT_INFO_HASH. */
  readonly infoHash: Uint8Array
}

/**
 * A peer that has introduced itself. Rejects with CONTENT_PEER_BLOCKED, ABORTED, TRANSPORT_*, PEER_PROTOCOL_VIOLATED when it
 * does not speak the extension, or CONTENT_NOT_FOUND when it says nothing.
 */
export async function meet(ways: ContentWays, meeting: Meeting, signal: AbortSignal): Promise<Conversation> {
  refuseBlocked(ways, meeting.peer)
  let refusal: CcbtError | undefined
  for (const isEncrypted of HANDSHAKES[ways.peers.policy]) {
    const outcome = await attempt(ways, { ...meeting, isEncrypted }, signal)
    if (outcome instanceof Conversation) return outcome
    refusal = outcome
  }
  throw refusal ?? contentNotFound()
}

function refuseBlocked({ isBlocked }: ContentWays, peer: Endpoint): void {
  if (!isBlocked(peer.host)) return
  const address = formatEndpoint(peer)
  throw new CcbtError('CONTENT_PEER_BLOCKED', `${address} is blocked by the IP filter`, {
    blame: 'remote',
    context: { address },
  })
}

interface Attempt extends Meeting {
  readonly isEncrypted: boolean
}

/** Gives the error when it is only this handshake that the peer does not take. */
async function attempt(
  ways: ContentWays,
  { peer, infoHash, isEncrypted }: Attempt,
  signal: AbortSignal,
): Promise<Conversation | CcbtError> {
  let conversation: Conversation | undefined
  try {
    const greeting = linkGreeting(infoHash, makePeerId(ways.random, VERSION))
    const call = { endpoint: peer, infoHash, greeting, isEncrypted, timeoutMs: DIAL_TIMEOUT_MS, signal }
    const stream = await ways.peers.dial(call)
    conversation = new Conversation(stream, infoHash, signal)
    // A name may have led there.
    refuseBlocked(ways, stream.remote)
    await conversation.introduce()
    return conversation
  } catch (error) {
    conversation?.end()
    if (signal.aborted || !isCcbtError(error) || isCcbtError(error, 'CONTENT_PEER_BLOCKED')) throw error
    const isRefusal = error.code === 'TRANSPORT_ENCRYPTION_FAILED' || conversation?.link.isGreeted === false
    if (!isRefusal) throw error
    return error
  }
}

interface Question {
  readonly parts: XetMessage[]
  received: number
  readonly resolve: (parts: readonly XetMessage[]) => void
  readonly reject: (error: CcbtError) => void
}

/** Questions and their answers. */
export class Conversation {
  readonly link: ContentLink
  readonly #introduced = Promise.withResolvers<void>()
  readonly #questions = new Map<number, Question>()
  readonly #over = new AbortController()
  readonly #signal: AbortSignal
  readonly #isSwarm: boolean
  readonly #onAbort = (): void => this.end(new CcbtError('ABORTED', 'aborted', { blame: 'input', context: {} }))
  /** We may ask for data; in a torrent the peer says when. */
  #allowed = Promise.withResolvers<void>()
  #nextId = 1
  #end: CcbtError | undefined

  constructor(stream: ByteStream, infoHash: Uint8Array, signal: AbortSignal) {
    this.#signal = signal
    this.#isSwarm = !bytesEqual(infoHash, CONTENT_INFO_HASH)
    this.#introduced.promise.catch(() => undefined)
    const handler = {
      introduced: () => this.#introduced.resolve(),
      received: (message: XetMessage) => this.#received(message),
      choking: (isChoking: boolean) => this.#choking(isChoking),
      drained: () => {},
      closed: (error: CcbtError | undefined) => this.end(error),
    }
    this.link = new ContentLink(stream, handler, { infoHash, abilities: ABILITIES })
    stream.attach(this.link)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Fulfilled when the peer has introduced itself too. */
  async introduce(): Promise<void> {
    if (this.#signal.aborted) this.#onAbort()
    const cancel = systemClock.after(INTRODUCTION_MS, () => this.end())
    this.link.introduce()
    if (this.#isSwarm) this.link.interested()
    await this.#introduced.promise.finally(cancel)
  }

  /** The answer in its parts; a REJECT is one too, but for those that ask for patience. */
  async ask(question: (id: number) => XetMessage): Promise<readonly XetMessage[]> {
    for (let tries = 1; ; tries++) {
      const parts = await this.#askOnce(question)
      const [answer] = parts
      if (answer?.type !== 'reject' || tries === MAX_TRIES || !(await this.#mayAskAgain(answer))) return parts
    }
  }

  /** Nothing more is answered. */
  end(error: CcbtError = contentNotFound()): void {
    if (this.#end !== undefined) return
    this.#end = error
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#over.abort()
    this.#introduced.reject(error)
    for (const { reject } of this.#questions.values()) reject(error)
    this.link.close()
  }

  async #askOnce(question: (id: number) => XetMessage): Promise<readonly XetMessage[]> {
    if (this.#end !== undefined) throw this.#end
    const id = this.#nextId++
    const { promise, resolve, reject } = Promise.withResolvers<readonly XetMessage[]>()
    this.#questions.set(id, { parts: [], received: 0, resolve, reject })
    const cancel = systemClock.after(ANSWER_MS, () => reject(contentNotFound()))
    this.link.send(question(id))
    try {
      return await promise
    } finally {
      cancel()
      this.#questions.delete(id)
    }
  }

  /** Waits for as long as the peer wants. */
  async #mayAskAgain({ code, retryS }: Extract<XetMessage, { type: 'reject' }>): Promise<boolean> {
    if (code === XetReject.busy) {
      await pause(systemClock, Math.min(retryS * 1000, MAX_RETRY_MS), this.#over.signal)
      return true
    }
    if (code !== XetReject.notAllowed) return false
    const timeout = AbortSignal.any([this.#over.signal, AbortSignal.timeout(ANSWER_MS)])
    const { promise: isOver, resolve } = Promise.withResolvers<boolean>()
    timeout.addEventListener('abort', () => resolve(false), { once: true })
    return await Promise.race([this.#allowed.promise.then(() => true), isOver])
  }

  #choking(isChoking: boolean): void {
    if (isChoking) this.#allowed = Promise.withResolvers<void>()
    else this.#allowed.resolve()
  }

  #received(message: XetMessage): void {
    const question = this.#questions.get(message.id)
    if (question === undefined) return
    if (message.type !== 'data') return question.resolve([owned(message)])
    if (message.offset !== question.received) throw contentInvalid('the parts of a chunk in a wrong order')
    question.parts.push({ ...message, bytes: message.bytes.slice() })
    question.received += message.bytes.length
    if (question.received === message.total) question.resolve(question.parts)
  }
}
