// What must not be forgotten about where a torrent's files are: other names of files, by folder, and the last move, so
// that one that was cut off is finished when the torrent is opened again, and whoever still looks at the old folder is
// led to the new one. A file in the state directory for each; nothing when there is nothing to tell.

import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

import { isRecord, replaceStateFile } from '../state-file.ts'
import type { Placement } from './placement.ts'

/** A move that was begun. */
export interface Move {
  readonly from: Placement
  readonly to: Placement
}

/** The journal of one torrent. Whether there is a file is asked at once: a start asks thousands of times, nearly always in vain. */
export class MoveJournal {
  readonly #path: string

  constructor(stateDir: string, infoHash: string) {
    this.#path = join(stateDir, 'resume', `${infoHash}.move`)
  }

  /** The move from or to this folder that was begun after `sinceMs`; what cannot be read counts as none. */
  async load(directory: string, sinceMs = 0): Promise<Move | undefined> {
    if (!existsSync(this.#path)) return undefined
    const file = await stat(this.#path).catch(() => undefined) // gone meanwhile
    if (file === undefined || file.mtimeMs < sinceMs) return undefined
    const move = parseMove(await readText(this.#path))
    const isOurs = [move?.from, move?.to].some((place) => place !== undefined && place.directory === resolve(directory))
    return isOurs ? move : undefined
  }

  /** Rejects with what the system says. */
  async save({ from, to }: Move): Promise<void> {
    await replaceStateFile(this.#path, JSON.stringify({ from: plain(from), to: plain(to) }))
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true })
  }
}

/** The names in a file of the state directory; what cannot be read counts as none. */
export async function loadNames(path: string): Promise<Placement['names']> {
  // Missing is what it nearly always is.
  if (!existsSync(path)) return new Map()
  return parseNames(parseJson(await readText(path))) ?? new Map()
}

/** No names, no file. */
export async function saveNames(path: string, names: Placement['names']): Promise<void> {
  if (names.size === 0) await rm(path, { force: true })
  else await replaceStateFile(path, JSON.stringify([...names]))
}

/** What `Home.record` made; nothing of what is not so. */
export function parseRecord(text: string | undefined): {
  readonly data: string | undefined
  readonly names: Placement['names']
} {
  const value = text === undefined ? undefined : parseJson(text)
  const names = isRecord(value) ? parseNames(value['names']) : undefined
  if (!isRecord(value) || typeof value['data'] !== 'string' || names === undefined)
    return { data: undefined, names: new Map() }
  return { data: value['data'], names }
}

function plain({ directory, names }: Placement): unknown {
  return { directory: resolve(directory), names: [...names] }
}

async function readText(path: string): Promise<string> {
  // Unreadable is no worse than missing.
  return readFile(path, 'utf8').catch(() => '')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Replaced as a whole, it is damaged only when the disk is.
    return undefined
  }
}

function parseMove(text: string): Move | undefined {
  const value = parseJson(text)
  if (!isRecord(value)) return undefined
  const from = parsePlacement(value['from'])
  const to = parsePlacement(value['to'])
  return from === undefined || to === undefined ? undefined : { from, to }
}

function parsePlacement(value: unknown): Placement | undefined {
  if (!isRecord(value) || typeof value['directory'] !== 'string') return undefined
  const names = parseNames(value['names'])
  return names === undefined ? undefined : { directory: value['directory'], names }
}

function parseNames(value: unknown): Placement['names'] | undefined {
  if (!Array.isArray(value)) return undefined
  const names = new Map<number, readonly string[]>()
  for (const entry of value) {
    const [index, path]: unknown[] = Array.isArray(entry) ? entry : []
    if (typeof index !== 'number' || !Array.isArray(path)) return undefined
    names.set(
      index,
      path.filter((part): part is string => typeof part === 'string'),
    )
  }
  return names
}
