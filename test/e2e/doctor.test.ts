// `ccbt doctor` names what is wrong, and nothing when nothing is.

import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'

async function home(): Promise<DaemonHome> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  return new DaemonHome(folder.path)
}

/** The findings by what they are about. */
async function findings(place: DaemonHome, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await place.run('doctor', '--json', ...args)
  const found = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { area: string; verdict: string; text: string })
  return { code, ...Object.fromEntries(found.map(({ area, verdict, text }) => [area, `${verdict}: ${text}`])) }
}

async function configure(place: DaemonHome, text: string): Promise<void> {
  const folder = join(place.options.cwd, '.config', 'ccbt')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.toml'), text)
}

it('finds nothing wrong with a daemon that runs', async () => {
  const place = await home()
  await using daemon = await place.start()
  expect(daemon.urls).toHaveLength(1)
  expect(await findings(place)).toMatchObject({
    code: 0,
    settings: expect.stringMatching(/^good/),
    state: expect.stringMatching(/^good/),
    downloads: expect.stringMatching(/^good/),
    disk: expect.stringMatching(/^(good|warning): .* free$/),
    'open files': expect.stringMatching(/^(good|warning): \d+ at most$/),
    daemon: expect.stringMatching(/^good: process \d+, .* 0 torrents$/),
  })
})

it('says what is wrong with ports, folders and daemons', async () => {
  const place = await home()
  const taken = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const file = join(place.options.cwd, 'file')
  await writeFile(file, '')
  await chmod(file, 0o600)
  await mkdir(place.stateDir, { recursive: true, mode: 0o755 })
  await configure(place, `network.port = ${port}\npaths.download = "${file}/below"\n`)
  expect(await findings(place, '--daemon', 'http://127.0.0.1:1')).toMatchObject({
    code: 1,
    port: `warning: ${port} is in use, by a daemon perhaps`,
    state: expect.stringMatching(/^warning: .* can be read by others/),
    downloads: expect.stringMatching(/^bad: .*below: /),
    daemon: expect.stringMatching(/^bad: /),
  })
})

it('says what is wrong with the settings', async () => {
  const place = await home()
  await configure(place, 'network.port = "many"\n')
  const found = await findings(place)
  expect(found).toMatchObject({ code: 1, settings: expect.stringMatching(/^bad: .*config\.toml:1.*network\.port/) })
})
