// What an answer's head is good for. The body is taken only when the head says that it is exactly what was asked for.

import { fileUnavailable, responseInvalid } from '../errors.ts'
import type { FileRange, RequestPart } from '../request-plan.ts'
import type { ResponseHead } from './response-head.ts'

/** What to do with an answer. */
export type Verdict =
  /** Its body is the bytes asked for. */
  | { readonly kind: 'body' }
  | { readonly kind: 'redirect'; readonly location: string }
  /** The status says no. */
  | { readonly kind: 'refused' }

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i

/** Judges the answer to the request for `part`. Throws WEB_SEED_RESPONSE_INVALID or WEB_SEED_FILE_UNAVAILABLE. */
export function judge(head: ResponseHead, part: RequestPart, host: string): Verdict {
  const location = head.fields.get('location')
  if (REDIRECTS.has(head.status) && location !== undefined) return { kind: 'redirect', location: utf8(location) }
  if (head.status !== 200 && head.status !== 206) return { kind: 'refused' }
  const coding = head.fields.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (coding !== 'identity') throw responseInvalid(host, 'compressed')
  if (part.file !== undefined) checkRange(head, { ...part.file, length: part.length }, host)
  const { framing } = head
  if (framing.kind === 'length' && framing.length !== part.length)
    throw responseInvalid(host, `${framing.length} bytes instead of ${part.length}`)
  return { kind: 'body' }
}

/** `206` with the range that was asked for, or `200` when that is the whole file (RFC 9110, 14.4 and 15.3.7). */
function checkRange(head: ResponseHead, asked: FileRange & { readonly length: number }, host: string): void {
  const { start, length, fileLength, index } = asked
  if (head.status === 200) {
    if (length !== fileLength) throw responseInvalid(host, 'the whole file instead of a part of it')
    if (head.framing.kind === 'length') checkFileLength(head.framing.length, fileLength)
    return
  }
  const match = CONTENT_RANGE.exec(head.fields.get('content-range') ?? '')
  if (match === null) throw responseInvalid(host, 'no range')
  if (match[3] !== '*') checkFileLength(Number(match[3]), fileLength)
  if (Number(match[1]) !== start || Number(match[2]) !== start + length - 1)
    throw responseInvalid(host, 'another range than asked for')

  function checkFileLength(actual: number, expected: number): void {
    if (actual !== expected) throw fileUnavailable(host, index, `its length is ${actual}, not ${expected}`)
  }
}

/** Fields have one character per byte; URLs in them are UTF-8 where they are not ASCII. */
function utf8(field: string): string {
  return Buffer.from(field, 'latin1').toString('utf8')
}
