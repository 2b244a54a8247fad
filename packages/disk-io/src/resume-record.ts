// The content of a resume record. Reading accepts nothing that does not match in every part; whatever is wrong with it, the
// answer is `undefined`.

import { resolve } from 'node:path'

import { Bitfield, fromHex, toHex } from '@ccbt/primitives'

import { decodeChecked, encodeChecked, isCount } from './checked-text.ts'
import type { Fields } from './checked-text.ts'
import type { FileState } from './jobs.ts'
import type { ResumeKey } from './resume-key.ts'

/** What is known of a torrent that was stopped. Save it after `flush({ sync: true })`: it may claim only what is durable. */
export interface ResumeRecord extends ResumeKey {
  /** Pieces that were verified. */
  readonly verified: Bitfield
  /** As `fileStates()` gave them after the last write. */
  readonly files: readonly FileState[]
  readonly uploadedBytes: number
  readonly downloadedBytes: number
  /** Milliseconds since 1970. */
  readonly addedAtMs: number
  /** Milliseconds since 1970; absent while it is not complete. */
  readonly completedAtMs?: number
}

const HEADER = 'ccbt-resume 1'

/** The record as the bytes of its file. */
export function encodeResumeRecord(record: ResumeRecord): Buffer {
  return encodeChecked(HEADER, {
    infoHash: toHex(record.infoHash),
    directory: resolve(record.directory),
    pieces: record.verified.size,
    verified: Buffer.from(record.verified.bytes).toString('base64'),
    files: record.files.map((file) => [file.exists ? 1 : 0, file.size, file.mtimeNs]),
    uploadedBytes: record.uploadedBytes,
    downloadedBytes: record.downloadedBytes,
    addedAtMs: record.addedAtMs,
    completedAtMs: record.completedAtMs,
  })
}

/** The record in `bytes` when it is whole and belongs to `key`. */
export function decodeResumeRecord(bytes: Uint8Array, key: ResumeKey): ResumeRecord | undefined {
  const fields = decodeChecked(HEADER, bytes)
  const record = fields === undefined ? undefined : fromFields(fields)
  if (record === undefined || toHex(record.infoHash) !== toHex(key.infoHash)) return undefined
  return record.directory === resolve(key.directory) ? record : undefined
}

function fromFields(fields: Fields): ResumeRecord | undefined {
  const infoHash = typeof fields['infoHash'] === 'string' ? fromHex(fields['infoHash']) : undefined
  const verified = toBitfield(fields['verified'], fields['pieces'])
  const files = toFileStates(fields['files'])
  const { directory, uploadedBytes, downloadedBytes, addedAtMs, completedAtMs } = fields
  if (infoHash === undefined || verified === undefined || files === undefined) return undefined
  if (typeof directory !== 'string') return undefined
  if (!isCount(uploadedBytes) || !isCount(downloadedBytes) || !isCount(addedAtMs)) return undefined
  const record = { infoHash, directory, verified, files, uploadedBytes, downloadedBytes, addedAtMs }
  return isCount(completedAtMs) ? { ...record, completedAtMs } : record
}

function toBitfield(text: unknown, pieces: unknown): Bitfield | undefined {
  if (typeof text !== 'string' || !isCount(pieces)) return undefined
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === Math.ceil(pieces / 8) ? Bitfield.fromBytes(bytes, pieces) : undefined
}

function toFileStates(list: unknown): FileState[] | undefined {
  if (!Array.isArray(list)) return undefined
  const states = list.map(toFileState)
  return states.every((state) => state !== undefined) ? states : undefined
}

function toFileState(value: unknown): FileState | undefined {
  if (!Array.isArray(value)) return undefined
  const [exists, size, mtimeNs]: unknown[] = value
  if ((exists !== 0 && exists !== 1) || !isCount(size) || typeof mtimeNs !== 'number') return undefined
  return { exists: exists === 1, size, mtimeNs }
}
