// The keys of published folders, a file each in the state folder. Whoever reads one can publish in its owner's name, so
// nobody but the owner may: a file that others may read is refused, not only warned of.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceStateFile } from '@ccbt/core'
import { generateKeys } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { toHex } from '@ccbt/primitives'
import { inputError, usageError } from '../errors.ts'
import { bytesField, damaged, itemOfField, itemToField, readFields } from './state-json.ts'

const KEY_BYTES = 32

/** A key, and the newest version that was signed with it. */
export interface PublisherKey {
  readonly name: string
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
  readonly newest?: MutableItem
}

/** The key of this name, made when there is none. @throws CLI_USAGE, CLI_FILE_UNREADABLE, CLI_PUBLISH_STATE */
export async function openKey(stateFolder: string, name: string): Promise<PublisherKey> {
  const path = pathOf(stateFolder, name)
  const fields = await readFields(path)
  if (fields === undefined) {
    const key = { name, ...generateKeys() }
    await saveKey(stateFolder, key)
    return key
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    const message = `${path} may be read by others, who could publish with it: chmod 600 ${path}`
    throw inputError('CLI_FILE_UNREADABLE', message, { path })
  }
  const privateKey = bytesField(fields['privateKey'], KEY_BYTES)
  const publicKey = bytesField(fields['publicKey'], KEY_BYTES)
  const newest = itemOfField(fields['newest'])
  const isWhole = newest !== undefined || fields['newest'] === undefined
  if (privateKey === undefined || publicKey === undefined || !isWhole) throw damaged(path)
  return { name, publicKey, privateKey, ...(newest === undefined ? {} : { newest }) }
}

/** Remembers a key and its newest version, also over a power loss: a number is never used twice. */
export async function saveKey(stateFolder: string, key: PublisherKey): Promise<void> {
  const fields = {
    publicKey: toHex(key.publicKey),
    privateKey: toHex(key.privateKey),
    ...(key.newest === undefined ? {} : { newest: itemToField(key.newest) }),
  }
  await replaceStateFile(pathOf(stateFolder, key.name), `${JSON.stringify(fields)}\n`)
}

function pathOf(stateFolder: string, name: string): string {
  if (!/^[\w-][\w.-]{0,63}$/.test(name)) {
    throw usageError('--key', '--key: names of keys have 1 to 64 letters, digits, dots, dashes and underscores')
  }
  return join(stateFolder, 'keys', `${name}.json`)
}
