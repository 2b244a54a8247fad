// What published folders stand on: keys that nobody else may read, versions that never go back, a switch that is whole.

import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { createSession } from '@ccbt/core'
import type { Session } from '@ccbt/core'
import { generateKeys, signItem, versionOf, versionPointer } from '@ccbt/discovery'
import type { MutableItem } from '@ccbt/discovery'
import { arrangeFiles, buildTorrent, fileHashes, parseTorrent } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { describe, expect, it, onTestFinished } from 'vitest'
import { FollowedFolder } from '../src/publishing/followed-folder.ts'
import { Follower } from '../src/publishing/follower.ts'
import { openKey, saveKey } from '../src/publishing/key-store.ts'
import { formatFollowLink, parseFollowLink } from '../src/publishing/link.ts'
import { copySameFiles, newBytes, removedFiles } from '../src/publishing/version-files.ts'

const { publicKey, privateKey } = generateKeys()
const salt = new Uint8Array()

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ccbt-publishing-'))
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 5 }))
  return path
}

function item(seq: number): MutableItem {
  return signItem({ privateKey, seq, value: versionPointer({ infoHash: new Uint8Array(20).fill(seq) }) })
}

describe('keys', () => {
  it('are for their owner only, stay the same, and remember the newest version', async () => {
    const folder = await temporary()
    const made = await openKey(folder, 'site')
    const path = join(folder, 'keys', 'site.json')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const newest = signItem({ privateKey: made.privateKey, seq: 4, value: Buffer.from('de') })
    await saveKey(folder, { ...made, newest })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const again = await openKey(folder, 'site')
    expect(Buffer.from(again.privateKey).equals(Buffer.from(made.privateKey))).toBe(true)
    expect(again.newest?.seq).toBe(4)
  })

  it('number what is published under each salt for itself', async () => {
    const folder = await temporary()
    const [plain, music, films] = [new Uint8Array(), Buffer.from('music'), Buffer.from('films')]
    for (const [salt, seq] of [
      [music, 7],
      [plain, 3],
      [films, 5],
    ] as const) {
      const key = await openKey(folder, 'site', salt)
      const newest = signItem({ privateKey: key.privateKey, salt, seq, value: Buffer.from('de') })
      await saveKey(folder, { ...key, newest })
    }
    const keys = await Promise.all([plain, music, films].map((salt) => openKey(folder, 'site', salt)))
    expect(keys.map(({ newest }) => newest?.seq)).toEqual([3, 7, 5])
    expect(new Set(keys.map((key) => Buffer.from(key.privateKey).toString('hex'))).size).toBe(1)
    for (const name of await readdir(join(folder, 'keys'))) {
      expect((await stat(join(folder, 'keys', name))).mode & 0o777).toBe(0o600)
    }
  })

  it('that others may read, are damaged or have strange names are refused', async () => {
    const folder = await temporary()
    await openKey(folder, 'site')
    const path = join(folder, 'keys', 'site.json')
    await chmod(path, 0o640)
    await expect(openKey(folder, 'site')).rejects.toMatchObject({ code: 'CLI_FILE_UNREADABLE' })
    await chmod(path, 0o600)
    const text = await readFile(path, 'utf8')
    for (const wrong of ['', '[]', '{}', text.slice(0, -5), text.replace('}', ',"newest":{"seq":1}}')]) {
      await writeFile(path, wrong)
      await expect(openKey(folder, 'site'), wrong).rejects.toMatchObject({ code: 'CLI_PUBLISH_STATE' })
    }
    for (const name of ['', '../x', 'a/b', '.hidden', 'x'.repeat(65)]) {
      await expect(openKey(folder, name)).rejects.toMatchObject({ code: 'CLI_USAGE' })
    }
    expect(await readdir(join(folder, 'keys'))).toEqual(['site.json'])
  })
})

describe('links', () => {
  it('are read as they were written', () => {
    const bytes = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
      fc.uint8Array({ minLength: min, maxLength: max })
    fc.assert(
      fc.property(bytes(32, 32), bytes(0, 64), fc.string({ minLength: 1 }), (key, ofSalt, name) => {
        const read = parseFollowLink(
          formatFollowLink({ publicKey: key, salt: ofSalt, name, peers: ['127.0.0.1:1', '[::1]:2'] }),
        )
        expect(Buffer.from(read.publicKey).equals(key) && Buffer.from(read.salt).equals(ofSalt)).toBe(true)
        expect(read.name).toBe(name.toWellFormed())
        expect(read.peers).toEqual(['127.0.0.1:1', '[::1]:2'])
      }),
    )
  })

  it.each([
    'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a',
    'magnet:?xs=urn:btpk:00',
    `magnet:?xs=urn:btpk:${'0'.repeat(64)}&s=x`,
    `magnet:?xs=urn:btpk:${'0'.repeat(64)}&s=${'00'.repeat(65)}`,
    'http://example.org/',
  ])('%s is none', (text) => {
    expect(() => parseFollowLink(text)).toThrow(expect.objectContaining({ code: 'CLI_LINK_INVALID' }))
  })
})

describe('versions', () => {
  it('are read as they were written; what points to no torrent is none', () => {
    const version = { infoHash: new Uint8Array(20).fill(1), infoHashV2: new Uint8Array(32).fill(2), timeS: 5 }
    expect(versionOf(signItem({ privateKey, seq: 1, value: versionPointer(version) }))).toEqual(version)
    for (const value of ['de', 'i1e', 'd2:ih2:xxe', 'le']) {
      expect(versionOf(signItem({ privateKey, seq: 1, value: Buffer.from(value) }))).toBeUndefined()
    }
  })

  it('share files by their content; files that are gone are counted by their names', async () => {
    const folder = await temporary()
    const old = torrent({ 'a.txt': 'one', 'b/c.txt': 'two', gone: 'three', empty: '' })
    const next = torrent({ 'moved/a.txt': 'one', 'b/c.txt': 'TWO', empty: '' })
    expect(removedFiles(old, next)).toBe(2)
    expect(removedFiles(old, old)).toBe(0)
    expect([newBytes(old, next), newBytes(old, old), newBytes(undefined, next)]).toEqual([3, 0, 6])
    await mkdir(join(folder, 'old', 'site', 'b'), { recursive: true })
    await writeFile(join(folder, 'old', 'site', 'a.txt'), 'one')
    await writeFile(join(folder, 'old', 'site', 'b', 'c.txt'), 'two')
    const places = [
      { metainfo: old, directory: join(folder, 'old') },
      { metainfo: next, directory: join(folder, 'new') },
    ] as const
    expect(await copySameFiles(...places, AbortSignal.timeout(5000))).toBe(3)
    expect(await readFile(join(folder, 'new', 'site', 'moved', 'a.txt'), 'utf8')).toBe('one')
    expect(await copySameFiles(...places, AbortSignal.timeout(5000))).toBe(0)
  })
})

/** Of one block. */
function sha256(text: string): Uint8Array {
  return createHash('sha256').update(text).digest()
}

function torrent(files: Readonly<Record<string, string>>): Metainfo {
  const pieceLength = 16_384
  const described = Object.entries(files).map(([name, text]) => {
    const [path, { length }] = [name.split('/'), text]
    return length === 0 ? { path, length } : { path, length, hashes: fileHashes(sha256(text), { length, pieceLength }) }
  })
  const arranged = arrangeFiles(described, { kind: 'v2', pieceLength, align: false })
  return parseTorrent(buildTorrent({ kind: 'v2', name: 'site', isMultiFile: true, files: arranged, pieceLength }))
}

function follow(path: string): Promise<FollowedFolder> {
  return FollowedFolder.follow(path, { publicKey, salt })
}

describe('a followed folder', () => {
  async function complete(folder: FollowedFolder, version: number, keep = 2): Promise<void> {
    await folder.heard(item(version))
    await mkdir(join(folder.versionPath(version), 'site'), { recursive: true })
    await writeFile(join(folder.versionPath(version), 'site', 'a'), String(version))
    await folder.switchTo({ version, name: 'site' }, keep)
  }

  const content = (path: string): Promise<string> => readFile(join(path, 'a'), 'utf8')

  it('never takes a lower number, also after a restart', async () => {
    const path = join(await temporary(), 'copy')
    const folder = await follow(path)
    expect(await folder.heard(item(7))).toBe('newer')
    const again = await follow(path)
    expect(await again.heard(item(6))).toBe('known')
    expect(await again.heard(item(7))).toBe('known')
    expect((await again.state()).newest?.seq).toBe(7)
    expect(await again.heard(item(8))).toBe('newer')
  })

  it('keeps the newest old versions and goes back to them until something newer comes', async () => {
    const path = join(await temporary(), 'copy')
    const folder = await follow(path)
    for (const version of [1, 2, 3, 4]) await complete(folder, version)
    expect(await content(path)).toBe('4')
    await expect(folder.rollBack(1)).rejects.toMatchObject({ code: 'CLI_FILE_NOT_FOUND' })
    expect((await folder.rollBack()).version).toBe(3)
    expect(await content(path)).toBe('3')
    expect(await folder.isWanted(4)).toBe(false)
    expect(await folder.isWanted(5)).toBe(true)
    await folder.rollBack(2)
    await complete(folder, 5)
    expect(await content(path)).toBe('5')
    expect((await folder.state()).versions.map(({ version }) => version)).toEqual([2, 4, 5])
    await expect(FollowedFolder.at(`${path}2`)).rejects.toMatchObject({ code: 'CLI_FILE_NOT_FOUND' })
  })

  it('replaces nothing that is not its own', async () => {
    const parent = await temporary()
    await mkdir(join(parent, 'full'))
    await writeFile(join(parent, 'full', 'mine'), '')
    await mkdir(join(parent, 'empty'))
    await expect(follow(join(parent, 'full'))).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' })
    await complete(await follow(join(parent, 'empty')), 1)
    expect(await content(join(parent, 'empty'))).toBe('1')
    const other = { publicKey: generateKeys().publicKey, salt }
    await expect(FollowedFolder.follow(join(parent, 'empty'), other)).rejects.toMatchObject({ code: 'CLI_FILE_EXISTS' })
  })

  it('refuses a state that was edited, instead of forgetting what it knew', async () => {
    const path = join(await temporary(), 'copy')
    await complete(await follow(path), 3)
    const file = join(path, '..', '.copy.ccbt', 'state.json')
    const state = await readFile(file, 'utf8')
    for (const wrong of [state.replace('"seq": 3', '"seq": 1'), state.replace('"site"', '"../x"'), '{']) {
      await writeFile(file, wrong)
      await expect(follow(path), wrong).rejects.toMatchObject({ code: 'CLI_PUBLISH_STATE' })
    }
  })

  it('is one whole version whenever the switch is killed', async () => {
    const path = join(await temporary(), 'copy')
    await complete(await follow(path), 1)
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, ['--conditions=ccbt-src', CHILD, path])
      const closed = once(child, 'close')
      for (let seen = 0; seen <= round;) seen += String(await once(child.stdout, 'data')).length
      // A different moment of the loop each time, which takes some milliseconds.
      await new Promise((resolve) => setTimeout(resolve, round * 0.7))
      child.kill('SIGKILL')
      await closed
      const found = await readlink(path)
      const version = /versions\/(\d+)\/site$/.exec(found)?.[1]
      const files = version === '1' ? ['a'] : ['a', 'b', 'c']
      for (const name of files) expect(await readFile(join(path, name), 'utf8')).toBe(version)
      const { current } = await (await follow(path)).state()
      expect(Number(version)).toBeGreaterThanOrEqual((current ?? 0) - 1)
      expect(await content(path)).toBe(String(current))
    }
  })
})

const CHILD = fileURLToPath(new URL('./switching-child.ts', import.meta.url))

describe('a version that is larger than the disk', () => {
  it('is held, and nothing of it is made', async () => {
    const [folder, pieceLength] = [await temporary(), 2 ** 28]
    const layer = randomBytes(32 * 2 ** 16)
    const hashes = { piecesRoot: rootOver(layer), pieceLayer: layer }
    const files = [{ path: ['huge'], length: 2 ** 44, hashes }]
    const huge = buildTorrent({ kind: 'v2', name: 'huge', isMultiFile: false, files, pieceLength })
    const { infoHash, infoHashV2 } = parseTorrent(huge)
    const sessionIn = async (name: string): Promise<Session> => {
      const session = await createSession({ stateDir: join(folder, name), bind: '127.0.0.1' })
      onTestFinished(() => session[Symbol.asyncDispose]())
      return session
    }
    const source = await sessionIn('source')
    await source.add(huge, { directory: join(folder, 'data') })

    const followed = await follow(join(folder, 'copy'))
    const transfer = { directory: folder, peers: [`127.0.0.1:${source.summary().port}`] }
    const parts = { folder: followed, session: await sessionIn('follower'), transfer, keep: 2, maxRemoved: 100 }
    const follower = new Follower({ ...parts, accepted: undefined })
    const value = versionPointer({ infoHash, infoHashV2: infoHashV2! })
    const applied = await follower.apply(signItem({ privateKey, seq: 1, value }), AbortSignal.timeout(50_000))
    expect(applied).toMatchObject({ kind: 'no-room', bytes: 2 ** 44 })
    expect(existsSync(followed.versionPath(1))).toBe(false)
    expect((await followed.state()).current).toBeUndefined()
  })
})

/** Of a full tree. */
function rootOver(layer: Uint8Array): Uint8Array {
  if (layer.length === 32) return layer
  const above = Array.from({ length: layer.length / 64 }, (_, n) =>
    createHash('sha256')
      .update(layer.subarray(n * 64, (n + 1) * 64))
      .digest(),
  )
  return rootOver(Buffer.concat(above))
}
