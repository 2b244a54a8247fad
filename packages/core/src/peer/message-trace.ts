// The messages of a connection as texts, while somebody looks at it. They are heard by standing in for the methods that take
// and write messages, and only then: a connection at which nobody looks runs as if this were not here.

import type { WireEncoder, WireHandler } from '@ccbt/wire-protocol'

/** Who looks at peers by their addresses, `host:port`. */
export interface PeerTracer {
  /** Whether the messages of this peer are to be told. Asked once a second for each connection. */
  wants(infoHash: string, address: () => string): boolean
  /** A message was sent (`to …`) or came (`from …`). At most 100 a second for each connection. */
  told(infoHash: string, address: string, text: string): void
}

/** What is heard. */
export interface TracedParts {
  readonly tracer: PeerTracer
  /** Hexadecimal. */
  readonly infoHash: string
  readonly address: () => string
  readonly handler: WireHandler
  readonly encoder: WireEncoder
}

const MAX_TOLD_PER_SECOND = 100

const BOTH = [
  'handshake',
  'keepAlive',
  'choke',
  'unchoke',
  'interested',
  'notInterested',
  'have',
  'bitfield',
  'haveAll',
  'haveNone',
  'request',
  'cancel',
  'reject',
  'suggest',
  'allowedFast',
  'port',
  'extended',
  'hashRequest',
  'hashes',
  'hashReject',
] as const
const RECEIVED: readonly (keyof WireHandler)[] = [...BOTH, 'blockEnd']
const SENT: readonly (keyof WireEncoder)[] = [...BOTH, 'pieceHeader']

/** Listens to one connection. */
export class MessageTrace {
  readonly #parts: TracedParts
  #stop: (() => void) | undefined
  #told = 0

  constructor(parts: TracedParts) {
    this.#parts = parts
    this.look()
  }

  /** Begins or ends as it is wanted. Called once a second. */
  look(): void {
    const { tracer, infoHash, address, handler, encoder } = this.#parts
    const isWanted = tracer.wants(infoHash, address)
    if (this.#told > MAX_TOLD_PER_SECOND && isWanted)
      this.#tell(`and ${this.#told - MAX_TOLD_PER_SECOND} more messages`)
    this.#told = 0
    if (isWanted === (this.#stop !== undefined)) return
    if (isWanted) {
      const endings = [
        listen(handler, RECEIVED, (text) => this.#count(`from ${address()}: ${text}`)),
        listen(encoder, SENT, (text) => this.#count(`to ${address()}: ${text}`)),
      ]
      this.#stop = () => endings.forEach((end) => end())
    } else {
      this.#stop?.()
      this.#stop = undefined
    }
  }

  #count(text: string): void {
    if (++this.#told <= MAX_TOLD_PER_SECOND) this.#tell(text)
  }

  #tell(text: string): void {
    const { tracer, infoHash, address } = this.#parts
    tracer.told(infoHash, address(), text)
  }
}

/** Tells calls of these methods before they happen, until it is ended. */
function listen<T extends object>(
  target: T,
  names: readonly (keyof T & string)[],
  tell: (text: string) => void,
): () => void {
  const before = names.map((name) => [name, Object.getOwnPropertyDescriptor(target, name)] as const)
  for (const name of names) {
    const act: unknown = target[name]
    if (typeof act !== 'function') continue
    const value = (...args: readonly unknown[]): unknown => {
      tell(textOf(name, args))
      return Reflect.apply(act, target, args)
    }
    Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
  }
  return () => {
    for (const [name, own] of before) {
      if (own === undefined) Reflect.deleteProperty(target, name)
      else Object.defineProperty(target, name, own)
    }
  }
}

const NAMES: Readonly<Record<string, string>> = { blockEnd: 'piece', pieceHeader: 'piece' }

/** `request 7 16384 16384`: name, then numbers as they are and bytes by their count. */
function textOf(name: string, args: readonly unknown[]): string {
  const values = args.flatMap((value) => {
    if (typeof value === 'number') return `${value}`
    return value instanceof Uint8Array ? `(${value.length} bytes)` : []
  })
  return [NAMES[name] ?? name, ...values].join(' ')
}
