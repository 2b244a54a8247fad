// The folder of torrents' own files, all of them at once: a client with thousands of torrents reads it at its start and
// looks only at what changed afterwards. A file that cannot be used keeps what it said before.

import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errnoOf } from './errors.ts'
import { readLayer } from './load.ts'
import { SCHEMA } from './schema.ts'
import type { Layer } from './settings.ts'

/** A torrent's file: its name is the infohash in hex, of v1 or v2. */
const FILE_NAME = /^((?:[0-9a-f]{40}|[0-9a-f]{64}))\.toml$/

/** Files looked at in one go: enough to keep Node's threads busy. */
const AT_ONCE = 64

/** What a look at the folder found. */
export interface FolderChange {
  /** Torrents whose file appeared, changed or went; lowercase hex. */
  readonly infoHashes: readonly string[]
  /** What the files of these torrents said before. */
  readonly before: ReadonlyMap<string, readonly Layer[]>
  /** What cannot be used; one line each. */
  readonly problems: readonly string[]
}

interface Entry {
  readonly layers: readonly Layer[]
  readonly signature: string
  readonly problems: readonly string[]
}

/** The folder's settings as they were when they were last looked at. */
export class TorrentFolder {
  readonly #path: string
  #entries: ReadonlyMap<string, Entry> = new Map()

  /** Nothing is read before the first {@link refresh}; the folder need not be there. */
  constructor(path: string) {
    this.#path = path
  }

  /** Number of torrents with a file. */
  get size(): number {
    return this.#entries.size
  }

  /** What the torrent's file says; for `Config.forTorrent`. */
  layers(infoHash: string): readonly Layer[] {
    return this.#entries.get(infoHash)?.layers ?? []
  }

  /** Looks at every file and reads those that changed. Calls must not overlap. */
  async refresh(): Promise<FolderChange> {
    const names = await list(this.#path)
    const before = this.#entries
    const entries = new Map<string, Entry>()
    const changed: string[] = []
    const strangers: string[] = []
    const look = async (name: string): Promise<void> => {
      const infoHash = FILE_NAME.exec(name)?.[1]
      if (infoHash === undefined) {
        if (name.endsWith('.toml')) strangers.push(`${join(this.#path, name)}: the name of the file is no infohash`)
        return
      }
      const entry = await readEntry(join(this.#path, name), before.get(infoHash))
      if (entry === undefined) return
      entries.set(infoHash, entry)
      if (entry !== before.get(infoHash)) changed.push(infoHash)
    }
    for (let at = 0; at < names.length; at += AT_ONCE) await Promise.all(names.slice(at, at + AT_ONCE).map(look))
    this.#entries = entries
    for (const infoHash of before.keys()) if (!entries.has(infoHash)) changed.push(infoHash)
    const problems = Array.from(entries.values(), (entry) => entry.problems)
    const said = new Map(changed.map((infoHash) => [infoHash, before.get(infoHash)?.layers ?? []]))
    return { infoHashes: changed.sort(), before: said, problems: [...strangers, ...problems.flat()].sort() }
  }
}

/** Files beside torrent files, `NAME.torrent.toml`. */
export class TorrentSideFiles {
  readonly #entries = new Map<string, Entry>()

  /** What the file said when it was looked at last; absent when it never was. */
  layers(path: string): readonly Layer[] | undefined {
    return this.#entries.get(path)?.layers
  }

  /** What the file says, and said when it was looked at last. What is no regular file says nothing. */
  async look(path: string): Promise<SideFile> {
    const before = this.#entries.get(path)
    const found = (await isRegularFile(path)) ? await readEntry(path, before) : undefined
    const { layers, problems } = found ?? NO_FILE
    this.#entries.set(path, found ?? NO_FILE)
    return { before: before?.layers ?? [], layers, problems }
  }
}

const NO_FILE: Entry = { layers: [], signature: '', problems: [] }

/** A file beside a torrent file. */
export interface SideFile {
  readonly before: readonly Layer[]
  readonly layers: readonly Layer[]
  /** What cannot be used; what the file said before counts then. */
  readonly problems: readonly string[]
}

/** Whoever may put torrents into a watched folder does not choose where on the disk they are written. */
export function withoutPaths(layer: Layer): Layer {
  const values = Array.from(layer.values).filter(([key]) => SCHEMA[key].type !== 'path')
  return { kind: layer.kind, values: new Map(values), where: (key) => layer.where(key) }
}

/** A pipe would be waited for, and a link would be followed to anywhere. */
async function isRegularFile(path: string): Promise<boolean> {
  return await lstat(path).then(
    (stats) => stats.isFile(),
    () => false,
  )
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return []
    throw error
  }
}

/** `undefined` when the file has gone; `before` itself when the file has not changed. */
async function readEntry(path: string, before: Entry | undefined): Promise<Entry | undefined> {
  const signature = await fileSignature(path)
  if (signature === '') return undefined
  if (signature === before?.signature) return before
  const problems: string[] = []
  const layers = await readLayer(path, 'torrent', problems)
  return { signature, problems, layers: problems.length > 0 ? (before?.layers ?? []) : layers }
}

/** Changes whenever the file does; empty when there is none. */
export async function fileSignature(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`
  } catch {
    // Whatever is in the way: reading the file tells it.
    return ''
  }
}
