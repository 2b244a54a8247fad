// Requests to the daemon over its unix socket or TCP, on kept connections. Answers are bounded, and every wait ends.

import { Agent, request } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'

import { failed, refused, unreachable } from './errors.ts'

/** Where the daemon is, and how to get in. */
export type DaemonAddress =
  | { readonly socketPath: string }
  | {
      readonly host: string
      readonly port: number
      readonly isTls?: boolean
      /** `/torrents`: what stands before every path. */
      readonly basePath?: string
      readonly user?: string
      readonly password?: string
      /** Instead of user and password. */
      readonly token?: string
    }

const TIMEOUT_MS = 30_000
/** A list of ten thousand torrents has 10 MB. */
const MAX_ANSWER_BYTES = 268_435_456

/** Calls methods at one address. */
export class HttpCaller implements Disposable {
  readonly name: string
  readonly #address: DaemonAddress
  readonly #agent: Agent | TlsAgent

  constructor(address: DaemonAddress) {
    this.#address = address
    const options = { keepAlive: true, maxSockets: 4 }
    this.#agent = isTls(address) ? new TlsAgent(options) : new Agent(options)
    this.name = 'socketPath' in address ? address.socketPath : `${address.host}:${address.port}`
  }

  /** The result of a method. Rejects with RPC_UNREACHABLE, RPC_REFUSED, RPC_FAILED. */
  async call(method: string, params: object): Promise<unknown> {
    const body = JSON.stringify({ method, params })
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await this.#send('POST', '/ccbt/rpc', body, signal)
    const answer: unknown = this.#parse(await this.#readAll(response))
    if (typeof answer !== 'object' || answer === null) throw unreachable(this.name, 'the answer is not of ccbt')
    if ('error' in answer) throw failed(String(answer.error))
    return 'result' in answer ? answer.result : null
  }

  /** An open answer, to be read as it comes. Rejects like {@link HttpCaller.call}. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#send('GET', path, '', signal)
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #send(method: string, path: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const headers = { 'content-type': 'application/json', ...this.#credentials() }
    const options: RequestOptions = { ...this.#target(path), method, headers, agent: this.#agent, signal }
    const sent = (isTls(this.#address) ? tlsRequest : request)(options, (response) => {
      const { statusCode = 0 } = response
      if (statusCode === 401 || statusCode === 403) {
        response.resume()
        reject(refused(this.name, statusCode))
      } else if (statusCode === 429) {
        response.resume()
        reject(unreachable(this.name, 'too many wrong passwords from here, it answers again in a while'))
      } else if (![200, 400, 422].includes(statusCode)) {
        response.resume()
        reject(unreachable(this.name, `the answer is HTTP ${statusCode}`))
      } else resolve(response)
    })
    sent.on('error', (cause) => reject(unreachable(this.name, reasonOf(cause), cause)))
    sent.end(body)
    return promise
  }

  #target(path: string): RequestOptions {
    if ('socketPath' in this.#address) return { socketPath: this.#address.socketPath, path }
    const { host, port, basePath = '' } = this.#address
    return { host, port, path: basePath + path }
  }

  #credentials(): { authorization?: string } {
    if (!('host' in this.#address)) return {}
    if (this.#address.token !== undefined) return { authorization: `Bearer ${this.#address.token}` }
    if (this.#address.password === undefined) return {}
    const { user = 'ccbt', password } = this.#address
    return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  }

  async #readAll(response: IncomingMessage): Promise<string> {
    const parts: Buffer[] = []
    let length = 0
    try {
      for await (const part of response) {
        const bytes = part as Buffer
        length += bytes.length
        if (length > MAX_ANSWER_BYTES) throw unreachable(this.name, 'the answer is too long')
        parts.push(bytes)
      }
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'RPC_UNREACHABLE') throw error
      throw unreachable(this.name, reasonOf(error), error)
    }
    return Buffer.concat(parts).toString('utf8')
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw unreachable(this.name, 'the answer is not of ccbt', cause)
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  if (error.name === 'TimeoutError') return 'no answer in time'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

function isTls(address: DaemonAddress): boolean {
  return 'host' in address && address.isTls === true
}
