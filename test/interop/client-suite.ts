// What has to work with every foreign client, in both directions.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import type { Driver } from './drivers/driver.ts'
import { writeHalf } from './fixture.ts'
import { filePath } from './torrent-file.ts'

const SLOW_BPS = 8_000_000
/** Files that are not neighbours, one of them in two folders, one with an awkward name. */
const SOME_FILES = [2, 3, 6]
/** Files that lie in the first half of the pieces. */
const EARLY_FILES = [0, 1, 2]

/** Declares the tests with one foreign client. */
export async function describeClient(driver: Driver): Promise<void> {
  const arena = await openArena()
  const reason = arena.reasonToSkip(driver)
  const { multi, single } = arena.fixture
  afterEach(() => arena.clear())
  afterAll(() => arena[Symbol.asyncDispose]())

  describe.skipIf(reason !== undefined)(reason ? `${driver.name} (skipped: ${reason})` : driver.name, () => {
    it('seeds a torrent of many files', async () => {
      const seeder = await arena.seed(driver, multi)
      await arena.expectComplete(await arena.download(subject, multi, { from: [seeder.client.address] }))
    })

    it('downloads a torrent of many files', async () => {
      const seeder = await arena.seed(subject, multi)
      await arena.expectComplete(await arena.download(driver, multi, { from: [seeder.client.address] }))
    })

    it('is killed while it seeds one file, comes back, and the download goes on', async () => {
      const seeder = await arena.seed(driver, single, { uploadLimitBps: SLOW_BPS })
      const downloader = await arena.download(subject, single, { from: [seeder.client.address] })
      await arena.expectProgress(downloader, 0.3)
      await seeder.client.kill()
      await arena.restart(seeder)
      await arena.expectComplete(downloader)
    })

    it('is killed while it downloads one file, comes back, and completes', async () => {
      const seeder = await arena.seed(subject, single, { uploadLimitBps: SLOW_BPS })
      const downloader = await arena.download(driver, single, { from: [seeder.client.address] })
      await arena.expectProgress(downloader, 0.3)
      await downloader.client.kill()
      await arena.expectComplete(await arena.restart(downloader))
    })

    it('seeds some of the files', async () => {
      const seeder = await arena.seed(driver, multi)
      const wish = { from: [seeder.client.address], select: SOME_FILES }
      const downloader = await arena.download(subject, multi, wish)
      await arena.expectComplete(downloader)
      const left = multi.files.filter((_, index) => !SOME_FILES.includes(index))
      const made = left.filter((file) => existsSync(join(downloader.job.dir, filePath(multi, file))))
      if (subject.name === 'ccbt') expect(made.map((file) => file.path.join('/'))).toEqual([])
    })

    it('downloads some of the files', async () => {
      const seeder = await arena.seed(subject, multi)
      const wish = { from: [seeder.client.address], select: SOME_FILES }
      await arena.expectComplete(await arena.download(driver, multi, wish))
    })

    it('serves what it has while it is incomplete', async () => {
      const dir = arena.folder('half')
      writeHalf(arena.fixture, multi, dir, 'first')
      const half = await arena.download(driver, multi, { dir, stay: true, from: [] })
      const wish = { from: [half.client.address], select: EARLY_FILES }
      await arena.expectComplete(await arena.download(subject, multi, wish))
    })

    it('is served by one that is incomplete', async () => {
      const dir = arena.folder('half')
      writeHalf(arena.fixture, multi, dir, 'first')
      const half = await arena.download(subject, multi, { dir, stay: true })
      const wish = { from: [half.client.address], select: EARLY_FILES }
      await arena.expectComplete(await arena.download(driver, multi, wish))
    })

    it('exchanges halves', async () => {
      const [first, second] = [arena.folder('first'), arena.folder('second')]
      writeHalf(arena.fixture, multi, first, 'first')
      writeHalf(arena.fixture, multi, second, 'second')
      const theirs = await arena.download(driver, multi, { dir: second, stay: true, from: [] })
      const ours = await arena.download(subject, multi, { dir: first, stay: true, from: [theirs.client.address] })
      await arena.expectComplete(ours)
      await arena.expectComplete(theirs)
    })
  })
}
