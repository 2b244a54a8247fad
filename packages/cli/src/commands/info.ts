// `ccbt info`: says what is in a torrent file.

import { displayText } from '@ccbt/metainfo'
import type { Metainfo, MetainfoFile } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { formatBytes, plural } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { loadTorrent } from '../sources/torrent-source.ts'

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
  const { dataLength, pieces } = dataFigures(metainfo)
  return {
    name: metainfo.name,
    kind: metainfo.kind,
    ...hashFigures(metainfo),
    dataLength,
    totalLength: metainfo.totalLength,
    pieceLength: metainfo.pieceLength,
    pieces,
    isPrivate: metainfo.isPrivate,
    trackers: metainfo.trackers,
    webSeeds: metainfo.webSeeds,
    httpSeeds: metainfo.httpSeeds,
    nodes: metainfo.nodes,
    similar: metainfo.similar.map(toHex),
    collections: metainfo.collections,
    comment: metainfo.comment,
    createdBy: metainfo.createdBy,
    creationDate: metainfo.creationDate,
    source: metainfo.source,
    files: realFiles(metainfo).map(fileObject),
    warnings: metainfo.warnings,
  }
}

function fileObject({ index, file }: IndexedFile): object {
  return {
    index,
    path: file.path.join('/'),
    length: file.length,
    isExecutable: file.isExecutable ? true : undefined,
    symlink: file.symlinkTarget?.join('/'),
    piecesRoot: hexOrUndefined(file.piecesRoot),
  }
}

/** What `ccbt info` prints for people. */
export function infoLines(metainfo: Metainfo): string[] {
  const shown = [...contentRows(metainfo), ...noteRows(metainfo)].filter(([, value]) => value !== undefined)
  const rows = shown.map(([label, value = '']) => `${label.padEnd(12)}${displayText(value)}`)
  return [...rows, '', ...fileTable(realFiles(metainfo))]
}

type Row = readonly [label: string, value: string | undefined]

function contentRows(metainfo: Metainfo): Row[] {
  const { dataLength, files, pieces } = dataFigures(metainfo)
  const padding = metainfo.totalLength - dataLength
  return [
    ['name', metainfo.name],
    ['kind', metainfo.kind],
    ['infohash', hexOrUndefined(metainfo.infoHashV1)],
    ['infohash v2', hexOrUndefined(metainfo.infoHashV2)],
    ['size', `${formatBytes(dataLength)} (${dataLength} bytes) in ${plural(files, 'file')}`],
    ['padding', padding > 0 ? `${formatBytes(padding)} (${padding} bytes)` : undefined],
    ['pieces', `${pieces} of ${pieceSize(metainfo.pieceLength)}`],
  ]
}

function noteRows(metainfo: Metainfo): Row[] {
  const list = (label: string, values: readonly string[]): Row[] => values.map((value) => [label, value])
  return [
    ['private', metainfo.isPrivate ? 'yes' : 'no'],
    ...metainfo.trackers.flatMap((urls, tier) => list(`tracker ${tier + 1}`, urls)),
    ...list('web seed', metainfo.webSeeds),
    ...list('http seed', metainfo.httpSeeds),
    ...list(
      'dht node',
      metainfo.nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    ),
    ...list('similar', metainfo.similar.map(toHex)),
    ...list('collection', metainfo.collections),
    ['comment', metainfo.comment],
    ['source', metainfo.source],
    ['created', created(metainfo)],
    ...list('warning', metainfo.warnings),
  ]
}

interface IndexedFile {
  readonly index: number
  readonly file: MetainfoFile
}

/** The files that exist on disk, with the indexes that `--select` takes. */
function realFiles(metainfo: Metainfo): IndexedFile[] {
  return metainfo.files.map((file, index) => ({ index, file })).filter(({ file }) => !file.isPad)
}

/** One line for each file; below those of v2 the root of their hashes. */
function fileTable(files: readonly IndexedFile[]): string[] {
  const indexWidth = String(files.at(-1)?.index ?? 0).length
  return files.flatMap(({ index, file }) => {
    const size = formatBytes(file.length).padStart(9)
    const line = `${String(index).padStart(indexWidth)}  ${size}  ${displayText(file.path.join('/'))}${marks(file)}`
    const root = hexOrUndefined(file.piecesRoot)
    return root === undefined ? [line] : [line, `${' '.repeat(indexWidth + 13)}root ${root}`]
  })
}

function marks({ isExecutable, symlinkTarget }: MetainfoFile): string {
  if (symlinkTarget !== undefined) return ` -> ${displayText(symlinkTarget.join('/'))}`
  return isExecutable ? ' (executable)' : ''
}

/** Sizes without padding, as the user knows them. */
export function dataFigures(metainfo: Metainfo): { dataLength: number; files: number; pieces: number } {
  const files = realFiles(metainfo)
  return {
    dataLength: files.reduce((sum, { file }) => sum + file.length, 0),
    files: files.length,
    pieces: Math.ceil(metainfo.totalLength / metainfo.pieceLength),
  }
}

/** The info-hashes for `--json`. */
export function hashFigures(metainfo: Metainfo): Record<'infoHash' | 'infoHashV1' | 'infoHashV2', string | undefined> {
  return {
    infoHash: toHex(metainfo.infoHash),
    infoHashV1: hexOrUndefined(metainfo.infoHashV1),
    infoHashV2: hexOrUndefined(metainfo.infoHashV2),
  }
}

/** The info-hashes for people, that of v1 first. */
export function hashTexts({ infoHashV1, infoHashV2 }: Metainfo): string[] {
  return [infoHashV1, infoHashV2].flatMap((hash) => hexOrUndefined(hash) ?? [])
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
