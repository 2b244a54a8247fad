import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { runTimeFile } from '../src/places.ts'
import { readDocument } from '../src/document.ts'
import { readSettings } from '../src/read-settings.ts'
import { changeAtRunTime } from '../src/run-time-settings.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ccbt-config-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

async function kept(): Promise<Record<string, unknown>> {
  const document = await readDocument(runTimeFile(folder))
  if (document === undefined) return {}
  const { values, problems } = readSettings({ document, path: [], isForTorrent: false })
  expect(problems).toEqual([])
  return Object.fromEntries(Array.from(values, ([key, { value }]) => [key, value]))
}

describe('changes at run time', () => {
  it('are kept one by one and taken back one by one', async () => {
    const change = (name: string, text?: string): Promise<string> =>
      changeAtRunTime(folder, { name, text, folder: '/base' })
    await change('limits.download', '1.5MiB')
    await change('dht.bootstrap', 'a:1, b:2')
    await change('paths.download', 'it\'s \\ "here"')
    await change('limits.download', '2M')
    expect(await kept()).toEqual({
      'limits.download': 2_000_000,
      'dht.bootstrap': ['a:1', 'b:2'],
      'paths.download': '/base/it\'s \\ "here"',
    })
    expect(await change('dht.bootstrap')).toBe('dht.bootstrap')
    await change('paths.download')
    await change('seeding.ratio')
    expect(await kept()).toEqual({ 'limits.download': 2_000_000 })
    expect(await readdir(folder)).toEqual(['settings.toml'])
  })

  it('are the same values afterwards', async () => {
    const values = fc.record({
      'limits.download': fc.nat(1e12),
      'seeding.time': fc.nat(1e9),
      'seeding.ratio': fc.nat(1e6),
    })
    await fc.assert(
      fc.asyncProperty(values, async (given) => {
        for (const [name, value] of Object.entries(given)) {
          const text = name === 'seeding.time' ? `${value / 1000}s` : String(value)
          await changeAtRunTime(folder, { name, text, folder })
        }
        expect(await kept()).toEqual(given)
      }),
      { numRuns: 20 },
    )
  })

  it.each([
    ['limits.downlod', '1', /unknown key 'limits.downlod', did you mean 'limits.download'\?/],
    ['limits.download', 'fast', /^limits.download must be a rate/],
    ['paths.state', '/x', /^paths.state can be set in a file/],
  ])('%s = %s is refused and changes nothing', async (name, text, message) => {
    const refused = changeAtRunTime(folder, { name, text, folder })
    await expect(refused).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
    expect(await readdir(folder)).toEqual([])
  })

  it('leave a damaged file as it is', async () => {
    await writeFile(runTimeFile(folder), 'limits.download = true')
    await expect(changeAtRunTime(folder, { name: 'limits.upload', text: '1', folder })).rejects.toMatchObject({
      message: expect.stringContaining(`${runTimeFile(folder)}:1:19: limits.download must be`),
    })
    expect(await readFile(runTimeFile(folder), 'utf8')).toBe('limits.download = true')
  })
})
