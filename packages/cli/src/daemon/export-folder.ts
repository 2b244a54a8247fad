// The folder that `ccbt export` writes and `ccbt import ccbt` reads: for each torrent its torrent file, or its link, and a
// JSON file with the rest, all by the info-hash.

import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExportedTorrent } from '@ccbt/rpc-client'
import { errnoOf, inputError } from '../errors.ts'
import { writeOutput } from '../output-file.ts'

/** Makes the folder, for its owner's eyes: trackers may be private. Rejects with CLI_FILE_UNWRITABLE. */
export async function makeExportFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw inputError('CLI_FILE_UNWRITABLE', `${folder}: ${errnoOf(error) ?? String(error)}`, { path: folder })
  }
}

/** Writes a torrent, over what an earlier export has left of it. Rejects with CLI_FILE_UNWRITABLE, CLI_NO_SPACE. */
export async function writeExported(folder: string, torrent: ExportedTorrent): Promise<void> {
  const { torrentFile, link, ...rest } = torrent
  const write = (ending: string, bytes: Buffer): Promise<void> =>
    writeOutput({ path: join(folder, `${rest.infoHash}.${ending}`), force: true }, bytes)
  if (torrentFile !== undefined) await write('torrent', Buffer.from(torrentFile, 'base64'))
  else if (link !== undefined) await write('magnet', Buffer.from(`${link}\n`))
  // Last: what has one is whole.
  await write('json', Buffer.from(`${JSON.stringify(rest)}\n`))
}

/** The torrents in the order of their queue. Rejects with CLI_FILE_UNREADABLE. */
export async function* readExported(folder: string): AsyncGenerator<ExportedTorrent> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, error)
  })
  const places: { readonly stem: string; readonly place: number }[] = []
  for (const name of names.filter((one) => one.endsWith('.json'))) {
    const { position } = await readRest(join(folder, name))
    places.push({ stem: join(folder, name.slice(0, -'.json'.length)), place: position || Number.POSITIVE_INFINITY })
  }
  for (const { stem } of places.toSorted((a, b) => a.place - b.place)) {
    yield { ...(await readRest(`${stem}.json`)), ...(await readSource(stem)) }
  }
}

async function readSource(stem: string): Promise<Pick<ExportedTorrent, 'torrentFile' | 'link'>> {
  const link = await readFile(`${stem}.magnet`, 'utf8').catch(() => undefined)
  if (link !== undefined) return { link: link.trim() }
  return { torrentFile: (await readBytes(`${stem}.torrent`)).toString('base64') }
}

async function readRest(path: string): Promise<Pick<ExportedTorrent, 'infoHash' | 'position' | 'state'>> {
  const bytes = await readBytes(path)
  try {
    // The daemon looks at every field of it.
    return JSON.parse(bytes.toString('utf8')) as ExportedTorrent
  } catch (error) {
    throw unreadable(path, error)
  }
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw unreadable(path, error)
  })
}

function unreadable(path: string, error: unknown): Error {
  const reason = errnoOf(error) ?? (error instanceof Error ? error.message : String(error))
  return inputError('CLI_FILE_UNREADABLE', `cannot read ${path}: ${reason}`, { path })
}
