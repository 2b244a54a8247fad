// The bytes of one HTTP/1.1 answer: head, then body by length, in sections (`chunked`) or up to the end of the connection.
// Sans-I/O and without a copy: body bytes are views of what was pushed. Everything that counts is bounded before it is added up.

import { HttpSyntaxError, LineReader } from './line-reader.ts'
import { readHead, readStatusLine } from './response-head.ts'
import type { ResponseHead, StatusLine } from './response-head.ts'

/** Status line and fields together, interim answers included. */
const MAX_HEAD_BYTES = 32_768
/** The line with a section's size; its extensions are ignored. */
const MAX_SECTION_LINE_BYTES = 256
const MAX_TRAILER_BYTES = 8192
/** 13 hexadecimal digits stay below 2^53. */
const SECTION_LINE = /^([0-9a-f]{1,13})[\t ]*(?:;.*)?$/i

/** Receives an answer. What it throws ends the parsing. */
export interface ResponseHandler {
  /** The head of the final answer. Returns the most bytes that its body may have. */
  head(head: ResponseHead): number
  /** Bytes of the body, in order: a view, valid until this returns. */
  body(bytes: Uint8Array): void
}

type State = 'head' | 'body' | 'rest' | 'section-line' | 'section' | 'section-end' | 'trailer' | 'complete'

/** Parses one answer. */
export class ResponseParser {
  readonly #handler: ResponseHandler
  readonly #lines = new LineReader()
  #state: State = 'head'
  #statusLine: StatusLine | undefined
  #fieldLines: string[] = []
  /** Bytes that the body or its section still has. */
  #left = 0
  /** Bytes that the body may still have. */
  #welcome = 0
  #isPersistent = false

  constructor(handler: ResponseHandler) {
    this.#handler = handler
    this.#lines.allow(MAX_HEAD_BYTES)
  }

  /** The whole answer is there. */
  get isComplete(): boolean {
    return this.#state === 'complete'
  }

  /** The answer is complete and allows another request on the connection. */
  get isReusable(): boolean {
    return this.isComplete && this.#isPersistent
  }

  /** Takes received bytes. Throws {@link HttpSyntaxError}, also for bytes after the end, and what the handler throws. */
  push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at = this.#step(bytes, at)
  }

  /** The connection has ended. Returns whether that was the end of the answer as well. */
  finish(): boolean {
    if (this.#state === 'rest') this.#state = 'complete'
    return this.isComplete
  }

  #step(bytes: Uint8Array, at: number): number {
    if (this.#state === 'complete') {
      this.#isPersistent = false
      throw new HttpSyntaxError('more bytes than announced')
    }
    const isPayload = this.#state === 'body' || this.#state === 'rest' || this.#state === 'section'
    return isPayload ? this.#payload(bytes, at) : this.#framing(bytes, at)
  }

  #payload(bytes: Uint8Array, at: number): number {
    const available = bytes.length - at
    const length = this.#state === 'rest' ? available : Math.min(this.#left, available)
    if (this.#state === 'rest') this.#take(length)
    this.#left -= length
    if (this.#left === 0 && this.#state !== 'rest') this.#state = this.#state === 'section' ? 'section-end' : 'complete'
    if (this.#state === 'section-end') this.#lines.allow(2)
    this.#handler.body(length === bytes.length ? bytes : bytes.subarray(at, at + length))
    return at + length
  }

  #framing(bytes: Uint8Array, at: number): number {
    const next = this.#lines.read(bytes, at)
    const { line } = this.#lines
    if (line === undefined) return next
    if (this.#state === 'head') this.#headLine(line)
    else if (this.#state === 'section-line') this.#sectionLine(line)
    else if (this.#state === 'section-end') this.#expectSectionLine()
    else if (line === '') this.#state = 'complete'
    return next
  }

  #headLine(line: string): void {
    // At once: who speaks another protocol may never get to an empty line.
    if (this.#statusLine === undefined) {
      this.#statusLine = readStatusLine(line)
      return
    }
    if (line !== '') {
      this.#fieldLines.push(line)
      return
    }
    const head = readHead(this.#statusLine, this.#fieldLines)
    this.#statusLine = undefined
    this.#fieldLines = []
    if (head.status === 101) throw new HttpSyntaxError('unasked upgrade')
    // Interim answers come before the final one.
    if (head.status < 200) return
    this.#isPersistent = head.isPersistent
    this.#welcome = this.#handler.head(head)
    if (head.framing.kind === 'chunked') return this.#expectSectionLine()
    if (head.framing.kind === 'close') {
      this.#state = 'rest'
      return
    }
    this.#take(head.framing.length)
    this.#left = head.framing.length
    this.#state = this.#left === 0 ? 'complete' : 'body'
  }

  #expectSectionLine(): void {
    this.#lines.allow(MAX_SECTION_LINE_BYTES)
    this.#state = 'section-line'
  }

  #sectionLine(line: string): void {
    const match = SECTION_LINE.exec(line)
    if (match === null) throw new HttpSyntaxError('malformed size of a section')
    this.#left = Number.parseInt(match[1]!, 16)
    this.#take(this.#left)
    if (this.#left > 0) {
      this.#state = 'section'
      return
    }
    this.#lines.allow(MAX_TRAILER_BYTES)
    this.#state = 'trailer'
  }

  /** Counts bytes of the body before they are there. */
  #take(length: number): void {
    this.#welcome -= length
    if (this.#welcome < 0) throw new HttpSyntaxError('more bytes than asked for')
  }
}
