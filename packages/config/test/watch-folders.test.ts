import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { watchFolders } from '../src/watch-folders.ts'

const WAIT = { timeout: 30_000, interval: 10 }

it('tells the names of many files in few calls, also of a folder that appears later, and one call at a time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const folders = [folder, join(folder, 'later')]
  const calls: string[][] = []
  let running = 0
  let most = 0
  const watch = watchFolders({
    folders,
    settleMs: 50,
    pollMs: 100,
    onChange: async (names) => {
      most = Math.max(most, ++running)
      if (names.size > 0) calls.push([...names])
      await new Promise((resolve) => setTimeout(resolve, 20))
      running--
    },
  })
  onTestFinished(() => watch[Symbol.dispose]())
  const names = Array.from({ length: 100 }, (_, index) => `${index}.toml`)
  for (const name of [...names, 'other.txt']) await writeFile(join(folder, name), 'x')
  await vi.waitFor(() => expect(calls.flat().toSorted()).toEqual(expect.arrayContaining(names.toSorted())), WAIT)
  expect(calls.flat()).not.toContain('other.txt')
  expect(calls.length).toBeLessThan(50)
  await mkdir(join(folder, 'later'))
  let tries = 0
  await vi.waitFor(async () => {
    await writeFile(join(folder, 'later', 'new.toml'), String(tries++))
    expect(calls.flat()).toContain('new.toml')
  }, WAIT)
  watch[Symbol.dispose]()
  const told = calls.length
  await writeFile(join(folder, 'after.toml'), 'x')
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect([calls.length, most]).toEqual([told, 1])
})
