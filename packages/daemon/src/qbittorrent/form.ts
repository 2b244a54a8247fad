// The parameters of a request as qBittorrent's clients send them: in the query, as a form, or as a form with files. Everything
// is text; names that come twice count as they come last.

import { invalidRequest } from '../errors.ts'
import { textOf } from '../http/arguments.ts'
import type { Arguments } from '../http/arguments.ts'
import type { HttpRequest } from '../http/route.ts'

/** Fields and files of one form; more are no honest request. */
const MAX_PARTS = 1000
const HEAD_END = Buffer.from('\r\n\r\n')
const MAX_HEAD_BYTES = 8192

/** What came with a request. */
export interface Form {
  /** All values are texts. */
  readonly fields: Arguments
  /** Contents of the files, in their order. */
  readonly files: readonly Uint8Array[]
}

/** @throws DAEMON_REQUEST_INVALID for a form that is cut off or has too many parts */
export function formOf({ query, headers, body }: Pick<HttpRequest, 'query' | 'headers' | 'body'>): Form {
  const type = String(headers['content-type'] ?? '')
  const boundary = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(type)
  const fields = [...query]
  if (boundary === null) return { fields: named([...fields, ...new URLSearchParams(body.toString('utf8'))]), files: [] }
  const files: Uint8Array[] = []
  for (const { name, isFile, content } of partsOf(body, boundary[1] ?? boundary[2] ?? '')) {
    if (isFile) files.push(content)
    else fields.push([name, content.toString('utf8')])
  }
  return { fields: named(fields), files }
}

function named(fields: readonly (readonly [string, string])[]): Arguments {
  if (fields.length > MAX_PARTS) throw invalidRequest('the request has too many parameters')
  return Object.fromEntries(fields)
}

interface Part {
  readonly name: string
  readonly isFile: boolean
  readonly content: Buffer
}

/** The parts between the lines with the boundary (RFC 7578); contents are views of the body. */
function partsOf(body: Buffer, boundary: string): Part[] {
  const parts: Part[] = []
  const line = Buffer.from(`\r\n--${boundary}`)
  let at = body.indexOf(line.subarray(2))
  while (at >= 0) {
    const start = body.indexOf('\r\n', at + boundary.length)
    const end = body.indexOf(line, start)
    if (start < 0 || end < 0) return parts
    if (parts.length >= MAX_PARTS) throw invalidRequest('the form has too many parts')
    parts.push(partOf(body.subarray(start, end)))
    at = end + 2
  }
  throw invalidRequest('the form is cut off')
}

/** From the line end before its head on. */
function partOf(bytes: Buffer): Part {
  const headEnd = bytes.subarray(0, MAX_HEAD_BYTES).indexOf(HEAD_END)
  if (headEnd < 0) throw invalidRequest('a part of the form has no head')
  const head = bytes.toString('utf8', 0, headEnd)
  const [, quoted, bare] = /;\s*name=(?:"([^"\r\n]*)"|([^;\s]*))/i.exec(head) ?? []
  const isFile = /;\s*filename\*?=/i.test(head)
  return { name: quoted ?? bare ?? '', isFile, content: bytes.subarray(headEnd + HEAD_END.length) }
}

/** Whether a parameter says yes; absent when it is not there or empty. */
export function flagField(fields: Arguments, name: string): boolean | undefined {
  const value = textOf(fields, name)?.trim().toLowerCase()
  if (value === undefined || value === '') return undefined
  if (value === 'true' || value === '1') return true
  if (value === 'false' || value === '0') return false
  throw invalidRequest(`${name} must be true or false`)
}

/** A number, which may be negative; absent when it is not there or empty. @throws DAEMON_REQUEST_INVALID */
export function numberField(fields: Arguments, name: string): number | undefined {
  const value = textOf(fields, name)?.trim()
  if (value === undefined || value === '') return undefined
  if (/^-?\d{1,15}(?:\.\d{1,15})?$/.test(value)) return Number(value)
  throw invalidRequest(`${name} must be a number`)
}

/** The texts of a parameter between `separator`s, without empty ones. */
export function listField(fields: Arguments, name: string, separator: string | RegExp): string[] {
  const items = (textOf(fields, name) ?? '').split(separator).map((item) => item.trim())
  return items.filter((item) => item !== '')
}
