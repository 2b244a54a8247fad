// What a torrent costs that seeds while nobody is there: thousands of them are to fit into one process.

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { temporaryFolder } from './support.ts'

it('a torrent at rest takes less than 24 KiB of the heap', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'data'))
  const script = join(import.meta.dirname, 'resting-child.ts')
  const flags = ['--expose-gc', '--conditions=ccbt-src']
  const told = execFileSync(process.execPath, [...flags, script, folder, '200'], { encoding: 'utf8', timeout: 60_000 })
  const { bytesEach } = JSON.parse(told) as { bytesEach: number }
  expect(bytesEach).toBeGreaterThan(1000)
  expect(bytesEach).toBeLessThan(24_576)
})
