// Status line and fields of an answer (RFC 9112), strict where servers and what stands before them could disagree about
// where the body ends: that is how answers are smuggled.

import { HttpSyntaxError } from './line-reader.ts'

/** How the body ends. */
export type Framing =
  | { readonly kind: 'length'; readonly length: number }
  | { readonly kind: 'chunked' }
  /** With the connection. */
  | { readonly kind: 'close' }

/** The head of an answer. */
export interface ResponseHead {
  readonly status: number
  /** By name in lower case; what was sent repeatedly is joined by `, `. One character per byte. */
  readonly fields: ReadonlyMap<string, string>
  readonly framing: Framing
  /** The connection may be used again after this answer. */
  readonly isPersistent: boolean
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d{2})(?: .*)?$/
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/
/** 2^53 has 16 digits. */
const LENGTH = /^\d{1,15}$/
/** Fields that must not differ: a repetition is a contradiction. */
const SINGLE: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'content-range', 'location'])
const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** What a status line says. */
export interface StatusLine {
  readonly status: number
  readonly isHttp10: boolean
}

/** Reads the first line. Throws {@link HttpSyntaxError}. */
export function readStatusLine(line: string): StatusLine {
  const match = STATUS_LINE.exec(line)
  if (match === null) throw new HttpSyntaxError('not HTTP/1.1')
  return { status: Number(match[2]), isHttp10: match[1] === '0' }
}

/** Reads the lines between the first and the empty one at the end. Throws {@link HttpSyntaxError}. */
export function readHead({ status, isHttp10 }: StatusLine, lines: readonly string[]): ResponseHead {
  const fields = readFields(lines)
  const framing = framingOf(status, fields, isHttp10)
  return { status, fields, framing, isPersistent: framing.kind !== 'close' && isKept(fields, isHttp10) }
}

function readFields(lines: readonly string[]): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of lines) {
    const match = FIELD.exec(line)
    if (match === null) throw new HttpSyntaxError('malformed field')
    const name = match[1]!.toLowerCase()
    const value = match[2]!.replace(/^[\t ]+|[\t ]+$/g, '')
    const before = fields.get(name)
    if (before !== undefined && SINGLE.has(name)) throw new HttpSyntaxError(`repeated ${name}`)
    fields.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  return fields
}

function framingOf(status: number, fields: ReadonlyMap<string, string>, isHttp10: boolean): Framing {
  const coding = fields.get('transfer-encoding')
  const length = fields.get('content-length')
  if (length !== undefined && !LENGTH.test(length)) throw new HttpSyntaxError('malformed content-length')
  if (coding !== undefined && (length !== undefined || isHttp10 || coding.toLowerCase() !== 'chunked'))
    throw new HttpSyntaxError('unknown transfer-encoding')
  if (status < 200 || BODILESS.has(status)) return { kind: 'length', length: 0 }
  if (coding !== undefined) return { kind: 'chunked' }
  return length === undefined ? { kind: 'close' } : { kind: 'length', length: Number(length) }
}

function isKept(fields: ReadonlyMap<string, string>, isHttp10: boolean): boolean {
  const options = (fields.get('connection') ?? '').toLowerCase().split(/[\t ]*,[\t ]*/)
  return isHttp10 ? options.includes('keep-alive') : !options.includes('close')
}
