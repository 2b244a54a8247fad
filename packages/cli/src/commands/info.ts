// `ccbt info`: says what is in a torrent file.

import { displayText } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { formatBytes, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { loadTorrent } from '../torrent-source.ts'

/** The parsed flags of `ccbt info`. */
export interface InfoFlags {
  readonly json?: boolean
}

/** Prints what the torrent file holds; returns the exit status. */
export async function runInfo(source: string, flags: InfoFlags): Promise<number> {
  const metainfo = await loadTorrent(source, { signal: new AbortController().signal })
  const terminal = processTerminal()
  if (flags.json === true) terminal.line(jsonLine(infoObject(metainfo)))
  else for (const text of infoLines(metainfo)) terminal.line(text)
  return 0
}

/** What `ccbt info --json` prints. Paths are those the files get on disk. */
export function infoObject(metainfo: Metainfo): object {
  return {
    name: metainfo.name,
    kind: metainfo.kind,
    infoHash: toHex(metainfo.infoHash),
    infoHashV1: hexOrUndefined(metainfo.infoHashV1),
    infoHashV2: hexOrUndefined(metainfo.infoHashV2),
    totalLength: metainfo.totalLength,
    pieceLength: metainfo.pieceLength,
    pieces: pieceCount(metainfo),
    isPrivate: metainfo.isPrivate,
    trackers: metainfo.trackers,
    webSeeds: metainfo.webSeeds,
    comment: metainfo.comment,
    createdBy: metainfo.createdBy,
    creationDate: metainfo.creationDate,
    source: metainfo.source,
    files: realFiles(metainfo).map(({ index, file }) => ({ index, path: file.path.join('/'), length: file.length })),
    warnings: metainfo.warnings,
  }
}

/** What `ccbt info` prints for people. */
export function infoLines(metainfo: Metainfo): string[] {
  const files = realFiles(metainfo)
  const rows: (readonly [label: string, value: string | undefined])[] = [
    ['name', metainfo.name],
    ['infohash', toHex(metainfo.infoHash)],
    ['infohash v2', hexOrUndefined(metainfo.infoHashV2)],
    ['size', `${formatBytes(metainfo.totalLength)} (${metainfo.totalLength} bytes) in ${plural(files.length, 'file')}`],
    ['pieces', `${pieceCount(metainfo)} of ${pieceSize(metainfo.pieceLength)}`],
    ['private', metainfo.isPrivate ? 'yes' : 'no'],
    ...metainfo.trackers.flat().map((url) => ['tracker', url] as const),
    ...metainfo.webSeeds.map((url) => ['web seed', url] as const),
    ['comment', metainfo.comment],
    ['source', metainfo.source],
    ['created', created(metainfo)],
    ...metainfo.warnings.map((warning) => ['warning', warning] as const),
  ]
  const shown = rows.filter(([, value]) => value !== undefined)
  return [...shown.map(([label, value = '']) => `${label.padEnd(12)}${displayText(value)}`), '', ...fileTable(files)]
}

interface IndexedFile {
  readonly index: number
  readonly file: Metainfo['files'][number]
}

/** The files that exist on disk, with the indexes that `--select` takes. */
function realFiles(metainfo: Metainfo): IndexedFile[] {
  return metainfo.files.map((file, index) => ({ index, file })).filter(({ file }) => !file.isPad)
}

function fileTable(files: readonly IndexedFile[]): string[] {
  const indexWidth = String(files.at(-1)?.index ?? 0).length
  return files.map(({ index, file }) => {
    const size = formatBytes(file.length).padStart(9)
    return `${String(index).padStart(indexWidth)}  ${size}  ${displayText(file.path.join('/'))}`
  })
}

function pieceCount(metainfo: Metainfo): number {
  return Math.ceil(metainfo.totalLength / metainfo.pieceLength)
}

/** Piece lengths are powers of two, so they read best in binary units. */
function pieceSize(bytes: number): string {
  if (bytes % 1_048_576 === 0) return `${bytes / 1_048_576} MiB`
  return bytes % 1024 === 0 ? `${bytes / 1024} KiB` : plural(bytes, 'byte')
}

function created(metainfo: Metainfo): string | undefined {
  const date = new Date((metainfo.creationDate ?? Number.NaN) * 1000)
  const when = Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace('T', ' ').slice(0, 19)
  const who = metainfo.createdBy === undefined ? undefined : `by ${metainfo.createdBy}`
  if (when === undefined && who === undefined) return undefined
  return [when, who].filter((part) => part !== undefined).join(' ')
}

function hexOrUndefined(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : toHex(bytes)
}
