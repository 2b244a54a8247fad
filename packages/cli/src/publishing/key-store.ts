// The keys of published folders, a file each in the state folder. Whoever reads one can publish in its owner's name, so
// nobody but the owner may: a file that others may read is refused, not only warned of. What is published beside the rest
// with the same key, under a salt (BEP 46), has its newest version in a file of its own.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceStateFile } from '@ccbt/core'
import { generateKeys } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { toHex } from '@ccbt/primitives'
import { inputError, usageError } from '../errors.ts'
import { MAX_SALT_BYTES } from './link.ts'
import { bytesField, damaged, itemOfField, itemToField, readFields } from './state-json.ts'

const KEY_BYTES = 32
const NO_SALT = new Uint8Array()

/** A key, and the newest version that was signed with it under a salt. */
export interface PublisherKey {
  readonly name: string
  /** At most 64 bytes; none for most. */
  readonly salt: Uint8Array
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
  readonly newest?: MutableItem
}

/** A salt as it is typed. @throws CLI_USAGE */
export function saltBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > MAX_SALT_BYTES) throw usageError('--salt', `--salt: at most ${MAX_SALT_BYTES} bytes`)
  return bytes
}

/** The key of this name, made when there is none. @throws CLI_USAGE, CLI_FILE_UNREADABLE, CLI_PUBLISH_STATE */
export async function openKey(stateFolder: string, name: string, salt: Uint8Array = NO_SALT): Promise<PublisherKey> {
  const path = pathOf(stateFolder, name)
  const fields = await readFields(path)
  const key = fields === undefined ? { name, salt: NO_SALT, ...generateKeys() } : await keyOf(fields, { path, name })
  if (fields === undefined) await saveKey(stateFolder, key)
  if (salt.length === 0) return key
  const { publicKey, privateKey } = key
  const newest = newestOf((await readFields(saltedPath(path, salt))) ?? {}, saltedPath(path, salt))
  return { name, salt, publicKey, privateKey, ...(newest === undefined ? {} : { newest }) }
}

/** Remembers a key and its newest version, also over a power loss: a number is never used twice. */
export async function saveKey(stateFolder: string, key: PublisherKey): Promise<void> {
  const path = pathOf(stateFolder, key.name)
  const newest = key.newest === undefined ? {} : { newest: itemToField(key.newest) }
  if (key.salt.length > 0) return await replaceStateFile(saltedPath(path, key.salt), `${JSON.stringify(newest)}\n`)
  const fields = { publicKey: toHex(key.publicKey), privateKey: toHex(key.privateKey), ...newest }
  await replaceStateFile(path, `${JSON.stringify(fields)}\n`)
}

async function keyOf(
  fields: Readonly<Record<string, unknown>>,
  { path, name }: { readonly path: string; readonly name: string },
): Promise<PublisherKey> {
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    const message = `${path} may be read by others, who could publish with it: chmod 600 ${path}`
    throw inputError('CLI_FILE_UNREADABLE', message, { path })
  }
  const privateKey = bytesField(fields['privateKey'], KEY_BYTES)
  const publicKey = bytesField(fields['publicKey'], KEY_BYTES)
  const newest = newestOf(fields, path)
  if (privateKey === undefined || publicKey === undefined) throw damaged(path)
  return { name, salt: NO_SALT, publicKey, privateKey, ...(newest === undefined ? {} : { newest }) }
}

function newestOf(fields: Readonly<Record<string, unknown>>, path: string): MutableItem | undefined {
  const newest = itemOfField(fields['newest'])
  if (newest === undefined && fields['newest'] !== undefined) throw damaged(path)
  return newest
}

/** No name of a key has an `@`. */
function saltedPath(path: string, salt: Uint8Array): string {
  return path.replace(/\.json$/, `@${toHex(salt)}.json`)
}

function pathOf(stateFolder: string, name: string): string {
  if (!/^[\w-][\w.-]{0,63}$/.test(name)) {
    throw usageError('--key', '--key: names of keys have 1 to 64 letters, digits, dots, dashes and underscores')
  }
  return join(stateFolder, 'keys', `${name}.json`)
}
