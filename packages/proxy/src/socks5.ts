// The client's side of a SOCKS5 handshake (RFC 1928) with or without a user and password (RFC 1929). Names are sent as
// names, so that the proxy resolves them.

import type { Endpoint } from '@ccbt/address'
import { concatBytes } from '@ccbt/primitives'

import { EARLY_DATA } from './handshake.ts'
import type { Handshake, Step } from './handshake.ts'
import type { Credentials } from './settings.ts'
import { addressBytes, readAddress } from './socks-address.ts'

const VERSION = 5
const NO_AUTHENTICATION = 0
const USER_PASSWORD = 2
const NO_METHOD = 0xff
const AUTHENTICATION_VERSION = 1
const COMMANDS = { connect: 1, 'udp-associate': 3 } as const

/** What the second byte of a reply says. */
const REPLIES: Readonly<Record<number, string>> = {
  1: 'it failed',
  2: 'its rules do not allow it',
  3: 'the network is unreachable',
  4: 'the host is unreachable',
  5: 'the connection was refused',
  6: 'the time to live expired',
  7: 'it does not support this command',
  8: 'it does not support this kind of address',
}

/** What is asked of the proxy. */
export interface Socks5Request {
  readonly command: keyof typeof COMMANDS
  readonly target: Endpoint
  readonly credentials?: Credentials
}

/** A handshake; at most 262 bytes of it are kept. */
export class Socks5Handshake implements Handshake {
  readonly hello: Uint8Array
  readonly #request: Socks5Request
  #received: Uint8Array = new Uint8Array(0)
  #read: () => Step | undefined = () => this.#readMethod()

  constructor(request: Socks5Request) {
    this.#request = request
    const methods = request.credentials === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_PASSWORD]
    this.hello = Uint8Array.of(VERSION, methods.length, ...methods)
  }

  input(bytes: Uint8Array): Step {
    this.#received = concatBytes([this.#received, bytes])
    return this.#read() ?? { kind: 'more' }
  }

  #readMethod(): Step | undefined {
    const [version, method] = this.#received
    if (version !== VERSION) return { kind: 'failed', reason: 'it does not speak SOCKS5' }
    if (method === undefined) return undefined
    const { credentials } = this.#request
    if (method === NO_METHOD) {
      const reason = credentials === undefined ? 'it wants a user and password' : 'it accepts no user and password'
      return { kind: 'failed', reason }
    }
    if (method === NO_AUTHENTICATION) return this.#sendRequest()
    if (method !== USER_PASSWORD || credentials === undefined) {
      return { kind: 'failed', reason: 'it chose an authentication that it was not offered' }
    }
    return this.#next(authentication(credentials), () => this.#readAuthentication())
  }

  #readAuthentication(): Step | undefined {
    // The version in front of it is wrong in some servers.
    const [, status] = this.#received
    if (status === undefined) return undefined
    return status === 0 ? this.#sendRequest() : { kind: 'failed', reason: 'it refuses the user and password' }
  }

  #sendRequest(): Step {
    const { command, target } = this.#request
    const head = Uint8Array.of(VERSION, COMMANDS[command], 0)
    return this.#next(concatBytes([head, addressBytes(target)]), () => this.#readReply())
  }

  /** The refusal is read before the address behind it, which some servers leave out. */
  #readReply(): Step | undefined {
    const [version, reply] = this.#received
    if (version !== undefined && version !== VERSION) return { kind: 'failed', reason: 'its reply is not SOCKS5' }
    if (reply === undefined) return undefined
    if (reply !== 0) {
      const reason = REPLIES[reply] ?? `it refuses with code ${reply}`
      return { kind: 'failed', reason, isAboutTarget: true }
    }
    const address = readAddress(this.#received, 3)
    if (address === 'incomplete') return undefined
    if (address === 'invalid') return { kind: 'failed', reason: 'its reply has an unknown kind of address' }
    return address.end < this.#received.length ? EARLY_DATA : { kind: 'done', bound: address.endpoint }
  }

  /** Both messages before the reply have two bytes; a proxy that sends more does not wait for its turn. */
  #next(send: Uint8Array, read: () => Step | undefined): Step {
    if (this.#received.length > 2) return EARLY_DATA
    this.#received = new Uint8Array(0)
    this.#read = read
    return { kind: 'more', send }
  }
}

function authentication({ user, password }: Credentials): Uint8Array {
  const [name, secret] = [new TextEncoder().encode(user), new TextEncoder().encode(password)]
  const length = (text: Uint8Array): Uint8Array => Uint8Array.of(text.length)
  return concatBytes([Uint8Array.of(AUTHENTICATION_VERSION), length(name), name, length(secret), secret])
}
