// JSON behind a line with a version and a checksum. Reading accepts nothing that does not match in every part.

import { hash } from 'node:crypto'

/** Fields of an object of unknown content. */
export type Fields = Record<string, unknown>

/** The object as the bytes of a file; `header` names kind and version. */
export function encodeChecked(header: string, fields: object): Buffer {
  const body = JSON.stringify(fields)
  return Buffer.from(`${header} ${checksum(body)}\n${body}\n`)
}

/** The object in `bytes`; `undefined` when anything about it is wrong. */
export function decodeChecked(header: string, bytes: Uint8Array): Fields | undefined {
  const [first, body, ...rest] = Buffer.from(bytes).toString('utf8').split('\n')
  if (body === undefined || rest.length !== 1 || rest[0] !== '') return undefined
  return first === `${header} ${checksum(body)}` ? parseFields(body) : undefined
}

/** Whether it is a finite number that is not negative. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function checksum(body: string): string {
  return hash('sha256', body)
}

function parseFields(body: string): Fields {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // The checksum was right and the text is not JSON: somebody wrote it by hand. It counts as no record.
    return {}
  }
}
