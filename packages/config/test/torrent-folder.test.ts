import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Settings } from '../src/settings.ts'
import { TorrentFolder, TorrentSideFiles } from '../src/torrent-folder.ts'

async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

function hash(index: number): string {
  return index.toString(16).padStart(40, '0')
}

function ratio(folder: TorrentFolder, index: number): number | undefined {
  return new Settings(folder.layers(hash(index)), '/').get('seeding.ratio')
}

describe("the folder of torrents' files", () => {
  it('need not be there', async () => {
    const folder = new TorrentFolder(join(await temporaryFolder(), 'absent'))
    expect(await folder.refresh()).toEqual({ infoHashes: [], before: new Map(), problems: [] })
  })

  it('is followed as files come, change and go', async () => {
    const write = fc.record({ at: fc.nat(5), ratio: fc.option(fc.nat(99)) })
    const path = await temporaryFolder()
    const folder = new TorrentFolder(path)
    const model = new Map<number, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 8 }), async (writes) => {
        const before = new Map(model)
        for (const { at, ratio } of writes) {
          const file = join(path, `${hash(at)}.toml`)
          if (ratio === null) await rm(file, { force: true })
          else await writeFile(file, `seeding.ratio = ${ratio}`)
          if (ratio === null) model.delete(at)
          else model.set(at, ratio)
        }
        const { infoHashes, problems } = await folder.refresh()
        expect(problems).toEqual([])
        expect(folder.size).toBe(model.size)
        for (let at = 0; at <= 5; at++) {
          expect(ratio(folder, at)).toBe(model.get(at))
          if (before.get(at) !== model.get(at)) expect(infoHashes).toContain(hash(at))
        }
        expect(await folder.refresh()).toEqual({ infoHashes: [], before: new Map(), problems: [] })
      }),
      { numRuns: 30 },
    )
  })

  it('keeps what a file said when it becomes bad, and says why', async () => {
    const path = await temporaryFolder()
    const file = join(path, `${hash(1)}.toml`)
    const folder = new TorrentFolder(path)
    await writeFile(file, 'seeding.ratio = 1')
    await folder.refresh()
    await writeFile(file, 'seeding.ratio = -1')
    const problems = [`${file}:1:17: seeding.ratio must be a number from 0 to 1000000, not -1`]
    expect(await folder.refresh()).toMatchObject({ infoHashes: [hash(1)], problems })
    expect(ratio(folder, 1)).toBe(1)
    expect(await folder.refresh()).toMatchObject({ infoHashes: [], problems })
    await writeFile(file, 'seeding.ratio = 2')
    expect(await folder.refresh()).toMatchObject({ infoHashes: [hash(1)], problems: [] })
    expect(ratio(folder, 1)).toBe(2)
  })

  it('finds a change of the same length within the same second', async () => {
    const path = await temporaryFolder()
    const file = join(path, `${hash(1)}.toml`)
    const folder = new TorrentFolder(path)
    await writeFile(file, 'seeding.ratio = 1')
    await utimes(file, 1000, 1000)
    await folder.refresh()
    await writeFile(file, 'seeding.ratio = 2')
    await utimes(file, 1000, 1000)
    await folder.refresh()
    expect(ratio(folder, 1)).toBe(2)
  })

  it('has names of infohashes only', async () => {
    const path = await temporaryFolder()
    await mkdir(join(path, `${hash(2)}.toml`))
    for (const name of ['README', 'a.toml', `${'AB'.repeat(20)}.toml`]) await writeFile(join(path, name), 'x')
    await writeFile(join(path, `${'cd'.repeat(32)}.toml`), '')
    const { problems } = await new TorrentFolder(path).refresh()
    expect(problems).toEqual([
      `${join(path, `${hash(2)}.toml`)}: is a folder, not a file`,
      `${join(path, `${'AB'.repeat(20)}.toml`)}: the name of the file is no infohash`,
      `${join(path, 'a.toml')}: the name of the file is no infohash`,
    ])
  })

  it('is read whole, thousands of files long, and then only where it changed', async () => {
    const path = await temporaryFolder()
    const indexes = Array.from({ length: 5000 }, (_, index) => index)
    for (const at of indexes) await writeFile(join(path, `${hash(at)}.toml`), `seeding.ratio = ${at}`)
    const folder = new TorrentFolder(path)
    expect((await folder.refresh()).infoHashes).toHaveLength(5000)
    expect(ratio(folder, 4999)).toBe(4999)
    const before = folder.layers(hash(7))
    await writeFile(join(path, `${hash(9)}.toml`), 'seeding.ratio = 1')
    expect((await folder.refresh()).infoHashes).toEqual([hash(9)])
    expect(folder.layers(hash(7))).toBe(before)
  })
})

describe('a file beside a torrent file', () => {
  it('says what it said before while it is bad, and nothing when it is gone', async () => {
    const path = join(await temporaryFolder(), 'a.torrent.toml')
    const files = new TorrentSideFiles()
    const look = async (): Promise<(number | undefined)[]> => {
      const { before, layers } = await files.look(path)
      return [before, layers].map((found) => new Settings(found, '/').get('seeding.ratio'))
    }
    expect(await look()).toEqual([undefined, undefined])
    await writeFile(path, 'seeding.ratio = 1')
    expect(await look()).toEqual([undefined, 1])
    await writeFile(path, 'seeding.ratio = 22')
    expect(await look()).toEqual([1, 22])
    await writeFile(path, 'seeding.ratio = "much"')
    expect((await files.look(path)).problems).toEqual([expect.stringContaining(`${path}:1:17: seeding.ratio must be`)])
    expect(await look()).toEqual([22, 22])
    await rm(path)
    expect(await look()).toEqual([22, undefined])
  })

  it('is not a link: whoever drops files into a folder does not choose which file is read', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'other.toml'), 'seeding.ratio = 1')
    await symlink('other.toml', join(folder, 'a.torrent.toml'))
    expect(await new TorrentSideFiles().look(join(folder, 'a.torrent.toml'))).toMatchObject({ layers: [] })
  })
})
