// Settings that were changed at run time: a file of ours in the state folder, a layer of its own above the user's files,
// which are never written. The file appears complete or not at all.

import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readDocument } from './document.ts'
import { configInvalid } from './errors.ts'
import { runTimeFile } from './places.ts'
import { readSettings, readText, unknownKey } from './read-settings.ts'
import { isSettingKey, SCHEMA } from './schema.ts'
import type { SettingKey } from './schema.ts'
import { formatValue } from './value.ts'
import type { Value } from './value.ts'

/** A change: the new value as text, or `undefined` to take an earlier change back. */
export interface RunTimeChange {
  readonly name: string
  readonly text: string | undefined
  /** Relative paths are below it. */
  readonly folder: string
}

/**
 * Keeps a change of a setting and returns the setting.
 * @throws CcbtError CONFIG_INVALID for a setting that does not exist, a value that it cannot have, a damaged file
 */
export async function changeAtRunTime(stateFolder: string, change: RunTimeChange): Promise<SettingKey> {
  const { key, value } = checked(change)
  const path = runTimeFile(stateFolder)
  const document = await readDocument(path)
  const values = new Map<SettingKey, Value>()
  if (document !== undefined) {
    const read = readSettings({ document, path: [], isForTorrent: false })
    if (read.problems.length > 0) throw configInvalid(read.problems)
    for (const [other, found] of read.values) values.set(other, found.value)
  }
  if (value === undefined) values.delete(key)
  else values.set(key, value)
  await replaceFile(path, await fileText(values))
  return key
}

function checked({ name, text, folder }: RunTimeChange): { key: SettingKey; value?: Value } {
  if (!isSettingKey(name)) throw configInvalid([unknownKey(name)])
  // It says where this very file is.
  if (name === 'paths.state') throw configInvalid([`${name} can be set in a file, by --state-dir or a variable only`])
  if (text === undefined) return { key: name }
  const read = readText(name, text, folder)
  if (typeof read === 'string') throw configInvalid([read])
  if ('problem' in read) throw configInvalid([`${name} ${read.problem}`])
  return read
}

async function fileText(values: ReadonlyMap<SettingKey, Value>): Promise<string> {
  const { stringify } = await import('smol-toml')
  const sections: Record<string, Record<string, unknown>> = {}
  for (const [key, value] of values) {
    const [section = '', name = ''] = key.split('.')
    const { type } = SCHEMA[key]
    const hasUnit = type === 'size' || type === 'rate' || type === 'time'
    sections[section] = { ...sections[section], [name]: hasUnit ? formatValue(SCHEMA[key], value) : value }
  }
  return `# Written by 'ccbt config set'.\n\n${stringify(sections)}`
}

async function replaceFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await writeDurably(temporary, text)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await using file = await open(path, 'w', 0o600)
  await file.writeFile(text)
  await file.sync()
}
