// Small JSON files of ours, and the signed items in them. What is in a file is checked, signature included: a disk may be
// damaged, and files may be edited.

import { readFile } from 'node:fs/promises'
import { isRecord } from '@ccbt/core'
import { verifyItem } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { fromHex, toHex } from '@ccbt/primitives'
import { errnoOf, inputError } from '../errors.ts'

/** The file's fields; `undefined` when there is no such file. @throws CLI_PUBLISH_STATE */
export async function readFields(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    const fields: unknown = JSON.parse(text)
    if (isRecord(fields)) return fields
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw damaged(path)
}

/** A file that we have not written so. */
export function damaged(path: string): Error {
  return inputError('CLI_PUBLISH_STATE', `${path} is damaged: it is not what ccbt has written there`, { path })
}

/** Bytes of a field that holds hexadecimal digits. */
export function bytesField(value: unknown, length?: number): Uint8Array | undefined {
  const bytes = typeof value === 'string' ? fromHex(value) : undefined
  return length === undefined || bytes?.length === length ? bytes : undefined
}

/** An item as a field. */
export function itemToField({ publicKey, salt, seq, value, signature }: MutableItem): object {
  return { key: toHex(publicKey), salt: toHex(salt), seq, value: toHex(value), signature: toHex(signature) }
}

/** The item of such a field, if its owner has signed it. */
export function itemOfField(field: unknown): MutableItem | undefined {
  if (!isRecord(field) || typeof field['seq'] !== 'number') return undefined
  const publicKey = bytesField(field['key'])
  const salt = bytesField(field['salt'])
  const value = bytesField(field['value'])
  const signature = bytesField(field['signature'])
  if (publicKey === undefined || salt === undefined || value === undefined || signature === undefined) return undefined
  const item: MutableItem = { kind: 'mutable', publicKey, salt, seq: field['seq'], value, signature }
  return verifyItem(item) ? item : undefined
}
