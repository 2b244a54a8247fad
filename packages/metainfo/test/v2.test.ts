import { encode, type Encodable } from '@ccbt/bencode'
import { parseInfo, parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { failure, sha1, sha256, type Fields } from './torrents.ts'

const BLOCK = 16_384
const PIECE = 2 * BLOCK

/** Root over leaves by recursion, as BEP 52 words it: the leaf count is a power of two, missing leaves are zero. */
function root(leaves: Uint8Array[], width: number): Uint8Array {
  if (width === 1) return leaves[0] ?? new Uint8Array(32)
  return sha256(root(leaves.slice(0, width / 2), width / 2), root(leaves.slice(width / 2), width / 2))
}

function powerFrom(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, count)))
}

function leavesOf(data: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(data.length / BLOCK) }, (_, n) =>
    sha256(data.subarray(n * BLOCK, (n + 1) * BLOCK)),
  )
}

function rootOf(data: Uint8Array): Uint8Array {
  const leaves = leavesOf(data)
  return root(leaves, powerFrom(leaves.length))
}

function layerOf(data: Uint8Array): Uint8Array {
  const pieces = Array.from({ length: Math.ceil(data.length / PIECE) }, (_, n) =>
    root(leavesOf(data.subarray(n * PIECE, (n + 1) * PIECE)), PIECE / BLOCK),
  )
  return Buffer.concat(pieces)
}

interface Sample {
  path: string[]
  data: Uint8Array
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, n) => (n * 7 + length) & 0xff)
const samples: Sample[] = [
  { path: ['a', 'short'], data: bytes(1000) },
  { path: ['a', 'two'], data: bytes(PIECE + 1) },
  { path: ['b'], data: bytes(0) },
  { path: ['c'], data: bytes(5 * PIECE - 100) },
  { path: ['d'], data: bytes(PIECE) },
]

function leaf({ data }: Sample, changes: Fields = {}): Encodable {
  return { '': { length: data.length, 'pieces root': data.length > 0 ? rootOf(data) : undefined, ...changes } }
}

function treeOf(files: Sample[]): Encodable {
  const tree: Record<string, Encodable> = {}
  for (const file of files) {
    let folder = tree
    for (const name of file.path.slice(0, -1)) folder = (folder[name] ??= {}) as Record<string, Encodable>
    folder[file.path.at(-1)!] = leaf(file)
  }
  return tree
}

function v2Info(files: Sample[], changes: Fields = {}): Fields {
  return { 'file tree': treeOf(files), 'meta version': 2, name: 'folder', 'piece length': PIECE, ...changes }
}

function layersOf(files: Sample[]): Map<Uint8Array, Encodable> {
  return new Map(files.filter(({ data }) => data.length > PIECE).map(({ data }) => [rootOf(data), layerOf(data)]))
}

/** v1 files with padding as BEP 52 wants them, and the hashes of that byte space. */
function v1Fields(files: Sample[]): Fields {
  const list: Fields[] = []
  const parts: Uint8Array[] = []
  let end = 0
  for (const { path, data } of files) {
    const gap = (PIECE - (end % PIECE)) % PIECE
    if (gap > 0) list.push({ attr: 'p', length: gap, path: ['.pad', String(gap)] })
    parts.push(new Uint8Array(gap), data)
    list.push({ length: data.length, path })
    end += gap + data.length
  }
  const space = Buffer.concat(parts)
  const hashes = Array.from({ length: Math.ceil(space.length / PIECE) }, (_, n) =>
    sha1(space.subarray(n * PIECE, (n + 1) * PIECE)),
  )
  return { files: list, pieces: Buffer.concat(hashes) }
}

const torrent = (info: Encodable, layers: Encodable = layersOf(samples)): Uint8Array =>
  encode({ info, 'piece layers': layers })

describe('v2 torrents', () => {
  it('reads the tree, fills the gaps with padding and keeps the proven layers', () => {
    const info = v2Info(samples)
    const metainfo = parseTorrent(torrent(info))
    expect(metainfo.kind).toBe('v2')
    expect(metainfo.infoHashV2).toEqual(sha256(encode(info)))
    expect(metainfo.infoHash).toEqual(metainfo.infoHashV2?.slice(0, 20))
    expect(metainfo.infoHashV1).toBeUndefined()
    expect(metainfo.pieceHashes).toHaveLength(0)
    expect(metainfo.isMultiFile).toBe(true)
    const real = metainfo.files.filter((file) => !file.isPad)
    expect(real.map((file) => [file.path.join('/'), file.length])).toEqual(
      samples.map(({ path, data }) => [['folder', ...path].join('/'), data.length]),
    )
    for (const file of real) if (file.length > 0) expect(file.offset % PIECE).toBe(0)
    let end = 0
    for (const file of metainfo.files) {
      expect(file.offset).toBe(end)
      end += file.length
    }
    expect(metainfo.totalLength).toBe(end)
    expect([...metainfo.pieceLayers].map(([key, layer]) => [key, toHex(layer)])).toEqual(
      [samples[1]!, samples[3]!].map(({ data }) => [toHex(rootOf(data)), toHex(layerOf(data))]),
    )
    expect(real[2]?.piecesRoot).toBeUndefined()
    expect(real[0]?.piecesRoot).toEqual(rootOf(samples[0]!.data))
  })

  it('knows a single file by its name', () => {
    const file = { path: ['only.bin'], data: bytes(10) }
    const { isMultiFile, files } = parseTorrent(torrent(v2Info([file], { name: 'only.bin' }), {}))
    expect([isMultiFile, files.map(({ path }) => path)]).toEqual([false, [['only.bin']]])
    const inFolder = parseTorrent(torrent(v2Info([file]), {}))
    expect([inFolder.isMultiFile, inFolder.files[0]?.path]).toEqual([true, ['folder', 'only.bin']])
  })

  it('has no layers when only the info is known', () => {
    expect(parseInfo(encode(v2Info(samples))).pieceLayers.size).toBe(0)
  })

  it('reads a symbolic link without a length, as libtorrent writes it', () => {
    const link = { '': { attr: 'l', 'symlink path': ['c'] } }
    const { files } = parseTorrent(torrent(v2Info([], { 'file tree': { b: link, c: leaf(samples[0]!) } }), {}))
    expect(files.map(({ length, symlinkTarget }) => [length, symlinkTarget])).toEqual([
      [0, ['folder', 'c']],
      [1000, undefined],
    ])
    const ordinary = { '': { 'symlink path': ['c'] } }
    const info = v2Info([], { 'file tree': { b: ordinary, c: leaf(samples[0]!) } })
    expect(failure(() => parseTorrent(torrent(info, {})))).toBe('METAINFO_FIELD_INVALID')
  })

  it('makes names of the tree safe', () => {
    const evil = [
      { path: ['..', '..', 'etc', 'cron.d'], data: bytes(1) },
      { path: ['__proto__'], data: bytes(2) },
    ]
    const tree = new Map<string, Encodable>([
      ['..', { '..': { etc: { 'cron.d': leaf(evil[0]!) } } }],
      ['__proto__', leaf(evil[1]!)],
    ])
    const { files } = parseTorrent(torrent(v2Info([], { 'file tree': tree }), {}))
    expect(files.filter((file) => !file.isPad).map((file) => file.path.join('/'))).toEqual([
      'folder/._/._/etc/cron.d',
      'folder/__proto__',
    ])
  })

  const changedLeaf = (changes: Fields): Fields => v2Info([], { 'file tree': { f: leaf(samples[1]!, changes) } })
  const only = layersOf([samples[1]!])
  const nested = (levels: number): Encodable => {
    let tree: Encodable = { f: leaf(samples[0]!) }
    for (let level = 0; level < levels; level++) tree = { d: tree }
    return tree
  }

  it.each<[string, Fields, string]>([
    ['a zero root', changedLeaf({ 'pieces root': new Uint8Array(32) }), 'FIELD_INVALID'],
    ['a short root', changedLeaf({ 'pieces root': new Uint8Array(31).fill(1) }), 'FIELD_INVALID'],
    ['no root', changedLeaf({ 'pieces root': undefined }), 'FIELD_INVALID'],
    ['a wrong root', changedLeaf({ 'pieces root': new Uint8Array(32).fill(1) }), 'LAYERS_INVALID'],
    ['a negative length', changedLeaf({ length: -1 }), 'FIELD_INVALID'],
    ['a length beyond 2^53', changedLeaf({ length: 2n ** 60n }), 'FIELD_INVALID'],
    ['a tree that is a list', v2Info([], { 'file tree': [] }), 'FIELD_INVALID'],
    ['an empty tree', v2Info([], { 'file tree': {} }), 'FIELD_INVALID'],
    ['a file where a folder is', v2Info([], { 'file tree': { '': { length: 5 } } }), 'FIELD_INVALID'],
    ['a name for a number', v2Info([], { 'file tree': { f: 5 } }), 'FIELD_INVALID'],
    ['a file with children', v2Info([], { 'file tree': { f: { '': { length: 0 }, g: {} } } }), 'FIELD_INVALID'],
    ['101 folders', v2Info([], { 'file tree': nested(101) }), 'LIMIT_EXCEEDED'],
    ['200 folders', v2Info([], { 'file tree': nested(200) }), 'MALFORMED'],
    ['pieces of 48 KiB', v2Info([samples[1]!], { 'piece length': 49_152 }), 'FIELD_INVALID'],
    ['pieces of 8 KiB', v2Info([samples[1]!], { 'piece length': 8192 }), 'FIELD_INVALID'],
    ['a version from the future', v2Info([samples[1]!], { 'meta version': 3 }), 'FIELD_INVALID'],
  ])('H19: rejects %s', (_, info, code) => {
    expect(failure(() => parseTorrent(torrent(info, only)))).toBe(`METAINFO_${code}`)
  })

  it('H19: rejects layers that are missing, short, long, altered or of no file', () => {
    const info = v2Info([samples[1]!])
    const key = rootOf(samples[1]!.data)
    const layer = layerOf(samples[1]!.data)
    const altered = Uint8Array.from(layer, (byte, n) => (n === 40 ? byte ^ 1 : byte))
    expect(failure(() => parseTorrent(torrent(info, new Map([[key, layer]]))))).toBe('accepted')
    for (const layers of [
      {},
      new Map([[key, layer.subarray(32)]]),
      new Map([[key, layer.subarray(1)]]),
      new Map([[key, Buffer.concat([layer, layer.subarray(32)])]]),
      new Map([[key, altered]]),
      new Map([[key, []]]),
      new Map([
        [key, layer],
        [new Uint8Array(32).fill(9), layer],
      ]),
      'text',
    ]) {
      expect(failure(() => parseTorrent(torrent(info, layers)))).toBe('METAINFO_LAYERS_INVALID')
    }
    expect(failure(() => parseTorrent(encode({ info })))).toBe('METAINFO_LAYERS_INVALID')
  })
})

describe('hybrid torrents', () => {
  const hybrid = (v1: Sample[], v2: Sample[], changes: Fields = {}): Fields => ({
    ...v2Info(v2),
    ...v1Fields(v1),
    ...changes,
  })

  it('has both hashes, the v1 files and the v2 roots', () => {
    const info = hybrid(samples, samples)
    const metainfo = parseTorrent(torrent(info))
    expect(metainfo.kind).toBe('hybrid')
    expect(metainfo.infoHash).toEqual(sha1(encode(info)))
    expect(metainfo.infoHashV2).toEqual(sha256(encode(info)))
    expect(metainfo.pieceHashes.length).toBe(20 * Math.ceil(metainfo.totalLength / PIECE))
    expect(metainfo.files.filter((file) => file.piecesRoot !== undefined)).toHaveLength(4)
    expect(metainfo.pieceLayers.size).toBe(2)
    const { files, totalLength } = parseTorrent(torrent(v2Info(samples)))
    expect(metainfo.totalLength).toBe(totalLength)
    expect(metainfo.files.map((file) => [file.offset, file.length, file.isPad])).toEqual(
      files.map((file) => [file.offset, file.length, file.isPad]),
    )
  })

  it('may be without piece layers, as a magnet link gives it, but not with wrong ones', () => {
    const info = hybrid(samples, samples)
    expect(parseTorrent(encode({ info })).pieceLayers.size).toBe(0)
    expect(failure(() => parseTorrent(torrent(info, {})))).toBe('METAINFO_LAYERS_INVALID')
  })

  it('H20: rejects a hybrid whose parts are of different files', () => {
    const [first, second] = [samples[0]!, samples[1]!]
    const renamed = { ...first, path: ['a', 'other'] }
    const longer = { ...first, data: bytes(1001) }
    for (const other of [[renamed, second], [longer, second], [second], [first], [first, second, samples[4]!]]) {
      const layers = layersOf(other)
      expect(failure(() => parseTorrent(torrent(hybrid([first, second], other), layers)))).toBe(
        'METAINFO_VERSIONS_DISAGREE',
      )
    }
    const unpadded = {
      files: [first, second].map(({ path, data }) => ({ length: data.length, path })),
      pieces: new Uint8Array(40),
    }
    expect(
      failure(() => parseTorrent(torrent(hybrid([first, second], [first, second], unpadded), layersOf([second])))),
    ).toBe('METAINFO_VERSIONS_DISAGREE')
    const single = { length: 1000, pieces: new Uint8Array(20), files: undefined }
    expect(failure(() => parseTorrent(torrent(hybrid([first], [first], single), {})))).toBe(
      'METAINFO_VERSIONS_DISAGREE',
    )
  })

  it('reads a single-file hybrid', () => {
    const file = { path: ['one'], data: bytes(100) }
    const info = { ...v2Info([file], { name: 'one' }), length: 100, pieces: sha1(file.data) }
    const metainfo = parseTorrent(torrent(info, {}))
    expect(metainfo).toMatchObject({ kind: 'hybrid', isMultiFile: false, totalLength: 100 })
    expect(metainfo.files).toMatchObject([{ path: ['one'], piecesRoot: rootOf(file.data) }])
  })
})
