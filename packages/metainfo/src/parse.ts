// From bytes to a checked Metainfo. Hashes are always of the info dictionary's bytes as they were written.

import { hash } from 'node:crypto'
import { asBytes, asDict, asInt, type BencodeDict } from '@ccbt/bencode'
import { toHex } from '@ccbt/primitives'
import { plainView, readDocument } from './document.ts'
import { fieldInvalid, malformed } from './errors.ts'
import { lengthField, nameField, noteField, scalar } from './fields.ts'
import { checkGeometry, DEFAULT_MAX_FILES, DEFAULT_MAX_PIECES } from './geometry.ts'
import { mergeLayouts } from './hybrid.ts'
import { wireInfoHash } from './info-hash.ts'
import type { Metainfo, MetainfoFile, MetainfoLimits } from './metainfo.ts'
import { readPieceLayers } from './piece-layers.ts'
import { portableName } from './portable-name.ts'
import { readRelated } from './related.ts'
import type { RawFile, RawLayout } from './raw-file.ts'
import { sanitizePaths } from './safe-paths.ts'
import { symlinkTargets } from './symlinks.ts'
import { cleanTiers, readNodes, readSeeds, readTrackers, TRACKER_SCHEMES, WEB_SCHEMES } from './urls.ts'
import { readPieceHashes, readV1Layout } from './v1-layout.ts'
import { padGaps, readV2Layout } from './v2-layout.ts'
import { readXetHashes } from './xet-hashes.ts'

/** What goes with an info dictionary that did not come in a torrent file. */
export interface InfoContext {
  readonly trackers?: readonly (readonly string[])[]
  readonly webSeeds?: readonly string[]
  readonly limits?: MetainfoLimits
}

/**
 * Parses a torrent file. The result refers to `bytes`, which must not change afterwards. Throws METAINFO_*; what can be
 * let pass is listed in `warnings`.
 * @example parseTorrent(await readFile('debian.torrent')).files[0]?.path
 */
export function parseTorrent(bytes: Uint8Array, limits: MetainfoLimits = {}): Metainfo {
  const plain = plainView(bytes)
  const decoded = readDocument(plain, false)
  const root = asDict(decoded.value)
  const info = asDict(root?.get('info'))
  const span = decoded.span(['info'])
  if (root === undefined || info === undefined || span === undefined) throw malformed("it has no 'info' dictionary")
  const parsed = parseDict(info, plain.subarray(span.start, span.end), limits)
  const xet = readXetHashes(root, parsed.metainfo.files)
  const { tiers, isShortened } = readTrackers(root)
  const warnings = [...decoded.warnings, ...parsed.metainfo.warnings]
  if (isShortened) warnings.push('some trackers were repeated, of an unknown kind or too many')
  return {
    ...parsed.metainfo,
    ...notesOf(root),
    ...readRelated([info, root]),
    pieceLayers: layersOf(root, parsed),
    trackers: tiers,
    webSeeds: readSeeds(root, 'url-list'),
    httpSeeds: readSeeds(root, 'httpseeds'),
    nodes: parsed.metainfo.isPrivate ? [] : readNodes(root),
    ...(xet && { xet }),
    warnings,
  }
}

/**
 * Parses a bare info dictionary, as peers send it (BEP 9): keys must be in order. The caller compares the hash.
 * Throws METAINFO_*.
 */
export function parseInfo(infoBytes: Uint8Array, context: InfoContext = {}): Metainfo {
  const plain = plainView(infoBytes)
  const info = asDict(readDocument(plain, true).value)
  if (info === undefined) throw malformed('the info is not a dictionary')
  return {
    ...parseDict(info, plain, context.limits ?? {}).metainfo,
    trackers: cleanTiers(context.trackers ?? [], TRACKER_SCHEMES),
    webSeeds: cleanTiers([context.webSeeds ?? []], WEB_SCHEMES).flat(),
  }
}

/** A hybrid may be without them, as long as nobody has told: its SHA-1 hashes are there. */
function layersOf(root: BencodeDict, { metainfo, v2 }: ParsedInfo): ReadonlyMap<string, Uint8Array> {
  const isWithout = v2 === undefined || (metainfo.kind === 'hybrid' && !root.has('piece layers'))
  return isWithout ? new Map() : readPieceLayers(root, v2.files, metainfo.pieceLength)
}

interface ParsedInfo {
  readonly metainfo: Metainfo
  readonly v2: RawLayout | undefined
}

function parseDict(info: BencodeDict, infoBytes: Uint8Array, limits: MetainfoLimits): ParsedInfo {
  const pieceLength = lengthField(info, 'piece length')
  const { kind, layout, v2 } = readLayout(info, pieceLength, limits.maxFiles ?? DEFAULT_MAX_FILES)
  const { totalLength, isMultiFile } = layout
  const pieces = checkGeometry({ totalLength, pieceLength }, limits.maxPieces ?? DEFAULT_MAX_PIECES)
  const hashes = hashesOf(infoBytes, kind)
  const rawName = nameField(info)
  const name = rawName === '' ? toHex(hashes.infoHash) : portableName(rawName)
  const { files, warnings } = describeFiles(layout, rawName, name)
  const source = noteField(info, 'source')
  const metainfo: Metainfo = {
    kind,
    name,
    ...hashes,
    infoBytes,
    pieceLength,
    totalLength,
    pieceHashes: kind === 'v2' ? new Uint8Array(0) : readPieceHashes(info, pieces),
    pieceLayers: new Map(),
    files,
    isMultiFile,
    isPrivate: (asInt(scalar(info, 'private')) ?? 0) !== 0,
    trackers: [],
    webSeeds: [],
    httpSeeds: [],
    nodes: [],
    ...readRelated([info]),
    ...(source === undefined ? {} : { source }),
    warnings,
  }
  return { metainfo, v2 }
}

interface KnownLayout {
  readonly kind: Metainfo['kind']
  readonly layout: RawLayout
  readonly v2: RawLayout | undefined
}

function readLayout(info: BencodeDict, pieceLength: number, maxFiles: number): KnownLayout {
  const version = asInt(scalar(info, 'meta version')) ?? 1
  const hasV1 = asBytes(scalar(info, 'pieces')) !== undefined
  if (version > 2 && !hasV1) throw fieldInvalid('meta version', 'is of a format from the future')
  const v2 = version === 2 ? readV2Layout(info, pieceLength, maxFiles) : undefined
  if (v2 === undefined) return { kind: 'v1', layout: readV1Layout(info, maxFiles), v2 }
  if (!hasV1) return { kind: 'v2', layout: { ...v2, files: padGaps(v2.files) }, v2 }
  return { kind: 'hybrid', layout: mergeLayouts(readV1Layout(info, maxFiles), v2), v2 }
}

function hashesOf(
  infoBytes: Uint8Array,
  kind: Metainfo['kind'],
): Pick<Metainfo, 'infoHash' | 'infoHashV1' | 'infoHashV2'> {
  const digest = (algorithm: string): Uint8Array => Uint8Array.from(hash(algorithm, infoBytes, 'buffer'))
  if (kind === 'v1') return withV1(digest('sha1'))
  const infoHashV2 = digest('sha256')
  if (kind === 'hybrid') return { ...withV1(digest('sha1')), infoHashV2 }
  return { infoHash: wireInfoHash(infoHashV2), infoHashV2 }
}

function withV1(infoHashV1: Uint8Array): Pick<Metainfo, 'infoHash' | 'infoHashV1'> {
  return { infoHash: infoHashV1, infoHashV1 }
}

function describeFiles(
  { files, isMultiFile }: RawLayout,
  rawName: string,
  name: string,
): { files: MetainfoFile[]; warnings: string[] } {
  const paths = isMultiFile ? sanitizePaths(files, [name]) : files.map(() => [name])
  const targets = symlinkTargets(files, paths)
  const described = files.map((file, index) => {
    const rawPath = isMultiFile ? `${rawName}/${file.path.join('/')}` : rawName
    return describeFile(file, { path: paths[index]!, rawPath, symlinkTarget: targets.get(index) })
  })
  const links = files.filter((file) => file.symlink !== undefined).length
  const lost = links - targets.size
  const warnings = lost > 0 ? [`${lost} symbolic links lead to no file of the torrent and become empty files`] : []
  return { files: described, warnings }
}

function describeFile(
  { length, offset, isPad, isExecutable, piecesRoot }: RawFile,
  {
    path,
    rawPath,
    symlinkTarget,
  }: Pick<MetainfoFile, 'path' | 'rawPath'> & { symlinkTarget: readonly string[] | undefined },
): MetainfoFile {
  const file = { path, rawPath, length, offset, isPad, isExecutable }
  if (symlinkTarget !== undefined) return { ...file, symlinkTarget }
  return piecesRoot === undefined ? file : { ...file, piecesRoot }
}

function notesOf(root: BencodeDict): Pick<Metainfo, 'comment' | 'createdBy' | 'creationDate'> {
  const comment = noteField(root, 'comment')
  const createdBy = noteField(root, 'created by')
  const creationDate = asInt(scalar(root, 'creation date'))
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(creationDate === undefined ? {} : { creationDate }),
  }
}
