// The data of the tests: made once per test file in memory where there is /dev/shm, and compared byte by byte.

import { createCipheriv } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { filePath, makeTorrent } from './torrent-file.ts'
import type { TestFile, TestTorrent } from './torrent-file.ts'

const MIB = 1024 * 1024
const WRITE_BYTES = 4 * MIB

/** Files that are awkward to someone: odd sizes, empty, one byte, unicode, nested folders, characters with a meaning. */
const TREE: readonly TestFile[] = [
  { path: ['01 start.bin'], length: 5 * MIB + 123 },
  { path: ['02 empty.txt'], length: 0 },
  { path: ['Ünïcode', '日本語 ファイル.dat'], length: 3 * MIB + 1 },
  { path: ['Ünïcode', 'emoji 🎧.bin'], length: 777_777 },
  { path: ['deep', 'er', 'and', 'deeper', 'odd.bin'], length: 4 * MIB - 7 },
  { path: ['deep', 'one byte'], length: 1 },
  { path: ["100% #1 [x] 'q' & +.bin"], length: 2 * MIB + 65_537 },
  { path: ['zz', 'last.bin'], length: 5 * MIB + 16_383 },
]

/** Torrents and the folder that holds their data. */
export interface Fixture extends Disposable {
  /** A temporary folder of this test file. */
  readonly root: string
  /** Has all data of all torrents. */
  readonly source: string
  /** About 20 MiB in eight files. */
  readonly multi: TestTorrent
  /** One file of 32 MiB and a bit. */
  readonly single: TestTorrent
}

/** Makes data and torrents. */
export function makeFixture(): Fixture {
  const root = makeFolder()
  const source = join(root, 'source')
  const multiName = 'Prüfung 測試 & more'
  for (const [index, file] of TREE.entries()) writeData(join(source, multiName, ...file.path), file.length, index)
  const single: TestFile = { path: [], length: 32 * MIB + 12_345 }
  writeData(join(source, 'single 32.bin'), single.length, 100)
  return {
    root,
    source,
    multi: makeTorrent(multiName, TREE, 64 * 1024, source),
    single: makeTorrent('single 32.bin', [single], 256 * 1024, source),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** A new folder that others may pass through, in memory if possible. */
export function makeFolder(): string {
  return mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ccbt-interop-'))
}

/** Writes bytes that look random and are the same for the same seed. */
export function writeData(path: string, length: number, seed: number): void {
  mkdirSync(dirname(path), { recursive: true })
  const key = Buffer.alloc(16)
  key.writeUInt32BE(seed)
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16))
  const zeros = Buffer.alloc(WRITE_BYTES)
  const file = openSync(path, 'w')
  for (let left = length; left > 0; left -= WRITE_BYTES) {
    writeSync(file, cipher.update(zeros.subarray(0, Math.min(left, WRITE_BYTES))))
  }
  closeSync(file)
}

/**
 * Copies the torrent's data with one half of the pieces zeroed: all files have their length, `first` or `second` half
 * of the pieces is right.
 */
export function writeHalf(fixture: Fixture, torrent: TestTorrent, folder: string, half: 'first' | 'second'): void {
  const middle = Math.floor(torrent.length / 2 / torrent.pieceLength) * torrent.pieceLength
  let position = 0
  for (const file of torrent.files) {
    const data = readFileSync(join(fixture.source, filePath(torrent, file)))
    const cut = Math.min(Math.max(middle - position, 0), file.length)
    data.fill(0, half === 'first' ? cut : 0, half === 'first' ? file.length : cut)
    const target = join(folder, filePath(torrent, file))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, data)
    position += file.length
  }
}

/** What is wrong with a copy: a line per file that is missing or differs. */
export function differences(
  fixture: Fixture,
  torrent: TestTorrent,
  folder: string,
  options: { readonly only?: readonly number[]; readonly ignoreEmpty?: boolean } = {},
): string[] {
  return torrent.files.flatMap((file, index) => {
    if (options.only && !options.only.includes(index)) return []
    if (options.ignoreEmpty === true && file.length === 0) return []
    const name = filePath(torrent, file)
    const copy = join(folder, name)
    if (!existsSync(copy)) return [`${name} is missing`]
    const size = statSync(copy).size
    if (size !== file.length) return [`${name} has ${size} bytes instead of ${file.length}`]
    return readFileSync(copy).equals(readFileSync(join(fixture.source, name))) ? [] : [`${name} differs`]
  })
}
