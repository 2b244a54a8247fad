import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buildTorrent, parseTorrent, type Metainfo, type TorrentSpec } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { content, specOf, type Content } from './content.ts'

const python = ['python3', '/usr/bin/python3'].find(
  (program) => spawnSync(program, ['-c', 'import libtorrent']).status === 0,
)

const DESCRIBE = `import libtorrent, sys, json
info = libtorrent.torrent_info(sys.argv[1])
files = info.files()
hashes = info.info_hashes()
every = range(files.num_files())
print(json.dumps({
  'v1': str(hashes.v1) if hashes.has_v1() else None, 'v2': str(hashes.v2) if hashes.has_v2() else None,
  'total': info.total_size(), 'name': info.name(), 'private': info.priv(),
  'trackers': sorted(t.url for t in info.trackers()),
  'files': [[files.file_path(i), files.file_size(i), files.file_offset(i)] for i in every if not files.file_flags(i) & 1]}))`

const CREATE = `import libtorrent, sys, os
folder, kind, out = sys.argv[1:4]
storage = libtorrent.file_storage()
flags = {'v1': libtorrent.create_torrent.v1_only, 'v2': libtorrent.create_torrent.v2_only, 'hybrid': 0}[kind]
libtorrent.add_files(storage, folder)
torrent = libtorrent.create_torrent(storage, 32768, flags)
libtorrent.set_piece_hashes(torrent, os.path.dirname(folder))
torrent.add_tracker('http://tracker.example/announce')
open(out, 'wb').write(libtorrent.bencode(torrent.generate()))`

/** Everything that a caller may set, for the very files that are at argv[1]. */
const CREATE_ALL = `import libtorrent, sys, os
path, kind, out = sys.argv[1:4]
storage = libtorrent.file_storage()
flags = {'v1': libtorrent.create_torrent.v1_only, 'v2': libtorrent.create_torrent.v2_only, 'hybrid': 0}[kind]
if kind == 'v1' and os.path.isdir(path):
    # It would take them as the folder lists them; ours come in the order of their bytes.
    found = [os.path.join(at, name) for at, _, names in os.walk(os.fsencode(path)) for name in names]
    for name in sorted(found):
        info = os.stat(name)
        attributes = libtorrent.file_flags_t.flag_executable if info.st_mode & 0o100 else 0
        storage.add_file(os.path.relpath(os.fsdecode(name), os.path.dirname(path)), info.st_size, attributes)
else:
    libtorrent.add_files(storage, path)
torrent = libtorrent.create_torrent(storage, 32768, flags)
libtorrent.set_piece_hashes(torrent, os.path.dirname(path))
torrent.add_tracker('http://tracker.example/announce', 0)
torrent.add_tracker('udp://tracker.example:80', 1)
torrent.set_comment('a comment')
torrent.set_creator('somebody')
torrent.set_priv(True)
torrent.add_url_seed('http://one.example/')
torrent.add_url_seed('http://two.example/')
torrent.add_collection('one')
torrent.add_similar_torrent(libtorrent.sha1_hash(b'12345678901234567890'))
open(out, 'wb').write(libtorrent.bencode(torrent.generate()))`

const spec: TorrentSpec = {
  name: 'Größe 😀',
  files: [
    { path: ['bin', 'run'], length: 20_000, executable: true },
    { path: ["100% #1 [x] 'q' & +.bin"], length: 0 },
    { path: ['z'], length: 30_000 },
  ],
  isMultiFile: true,
  pieceLength: 32_768,
  pieceHashes: new Uint8Array(40).fill(7),
  trackers: [['http://a.example/announce?pass=1', 'udp://b.example:80'], ['wss://c.example']],
  isPrivate: true,
}

function inOurWords(metainfo: Metainfo): unknown {
  return {
    v1: metainfo.infoHashV1 === undefined ? null : toHex(metainfo.infoHashV1),
    v2: metainfo.infoHashV2 === undefined ? null : toHex(metainfo.infoHashV2),
    total: metainfo.totalLength,
    name: metainfo.name,
    private: metainfo.isPrivate,
    trackers: metainfo.trackers.flat().sort(),
    files: metainfo.files
      .filter((file) => !file.isPad)
      .map(({ path, length, offset }) => [path.join('/'), length, offset]),
  }
}

function byBytes(files: readonly Content[]): Content[] {
  const key = (file: Content): Buffer => Buffer.from(file.path.join('/'))
  return files.toSorted((a, b) => Buffer.compare(key(a), key(b)))
}

describe.skipIf(python === undefined)('against libtorrent (needs python3-libtorrent)', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'metainfo-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const run = (script: string, args: string[]): string =>
    execFileSync(python!, ['-c', script, ...args], { encoding: 'utf8' })
  const itsWords = (path: string): unknown => JSON.parse(run(DESCRIBE, [path]))

  it.each<[string, Partial<TorrentSpec>]>([
    ['folder', {}],
    ['file', { isMultiFile: false, files: [{ path: [], length: 50_000, executable: true }], isPrivate: false }],
  ])('reads what we build of a %s as we do', (kind, changes) => {
    const path = join(folder, `${kind}.torrent`)
    const bytes = buildTorrent({ ...spec, ...changes })
    writeFileSync(path, bytes)
    expect(itsWords(path)).toEqual(inOurWords(parseTorrent(bytes)))
  })

  const tree = [
    content('a.txt', 20_000),
    content('a/x', 32_768),
    content('a/y', 32_769, { executable: true }),
    content('a b', 10),
    content('B', 400_000),
    content('e/empty', 0),
    content('\ufffc', 5000),
    content('\u{1f600}', 6000),
    content('ü', 131_072),
  ]
  const others: Partial<TorrentSpec> = {
    trackers: [['http://tracker.example/announce'], ['udp://tracker.example:80']],
    webSeeds: ['http://one.example/', 'http://two.example/'],
    comment: 'a comment',
    createdBy: 'somebody',
    isPrivate: true,
    collections: ['one'],
    similar: [new Uint8Array(Buffer.from('12345678901234567890'))],
  }

  it.each(['v1', 'v2', 'hybrid'] as const)('builds the same bytes of a %s folder', (kind) => {
    const data = join(folder, `same-${kind}`)
    for (const { path, data: bytes, executable = false } of tree) {
      const place = join(data, ...path)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(place, bytes)
      if (executable) chmodSync(place, 0o755)
    }
    const path = join(folder, `same-${kind}.torrent`)
    run(CREATE_ALL, [data, kind, path])
    const its = readFileSync(path)
    const { creationDate } = parseTorrent(its)
    const own = {
      ...specOf(`same-${kind}`, byBytes(tree), { kind, pieceLength: 32_768 }),
      ...others,
      creationDate: creationDate!,
    }
    expect(Buffer.from(buildTorrent(own)).toString('latin1')).toBe(its.toString('latin1'))
  })

  it.each(['v1', 'v2', 'hybrid'] as const)('builds the same bytes of a single file of %s', (kind) => {
    const file = content(`one-${kind}`, 100_000, { executable: true })
    const data = join(folder, `one-${kind}`)
    writeFileSync(data, file.data)
    chmodSync(data, 0o755)
    const path = join(folder, `one-${kind}.torrent`)
    run(CREATE_ALL, [data, kind, path])
    const its = readFileSync(path)
    const { creationDate } = parseTorrent(its)
    const own = {
      ...specOf(`one-${kind}`, [file], { kind, pieceLength: 32_768 }),
      ...others,
      creationDate: creationDate!,
    }
    expect(Buffer.from(buildTorrent({ ...own, isMultiFile: false })).toString('latin1')).toBe(its.toString('latin1'))
  })

  it.each(['v1', 'v2', 'hybrid'] as const)(
    'loads our %s torrents with links and with padding of one length',
    (kind) => {
      const files = [
        ...tree,
        ...['p', 'q', 'r'].map((name) => content(name, 777)),
        content('link', 0, { symlink: ['a', 'x'] }),
        // Of a v2 torrent libtorrent counts a gap behind the last file as well: here there is none.
        content('\u{1f601}', 32_768),
      ]
      const path = join(folder, `ours-${kind}.torrent`)
      const bytes = buildTorrent({ ...specOf('ours', files, { kind, pieceLength: 32_768, align: true }), ...others })
      writeFileSync(path, bytes)
      expect(itsWords(path)).toEqual(inOurWords(parseTorrent(bytes)))
    },
  )

  it.each(['v1', 'v2', 'hybrid'] as const)('builds %s torrents that we read as it does', (kind) => {
    const data = join(folder, kind)
    for (const [name, length] of [
      ['a/short', 1000],
      ['a/two', 32_769],
      ['b ü', 0],
      ['c', 163_740],
      ['d', 40_000],
      ['e', 0],
    ] as const) {
      mkdirSync(dirname(join(data, name)), { recursive: true })
      writeFileSync(join(data, name), new Uint8Array(length).fill(length & 0xff))
    }
    const path = join(folder, `${kind}.torrent`)
    run(CREATE, [data, kind, path])
    const metainfo = parseTorrent(readFileSync(path))
    expect(metainfo.kind).toBe(kind)
    expect(metainfo.warnings).toEqual([])
    expect(metainfo.pieceLayers.size).toBe(kind === 'v1' ? 0 : 3)
    expect(itsWords(path)).toEqual(inOurWords(metainfo))
  })
})
