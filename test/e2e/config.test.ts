// `ccbt config`, and transfers that go by the configuration.

import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import type { CliResult, TemporaryFolder } from './cli-process.ts'
import { startSwarm } from './swarm.ts'
import type { Swarm } from './swarm.ts'

let home: TemporaryFolder
beforeAll(async () => {
  home = await temporaryFolder()
  return () => home[Symbol.asyncDispose]()
})

/** Variables of all tests, which are settings as well. */
const UNSET = Object.fromEntries(
  Object.keys(process.env).flatMap((name) => (name.startsWith('CCBT_') ? [[name, undefined]] : [])),
)

async function config(...args: string[]): Promise<CliResult> {
  return await runCli(['config', ...args], { cwd: home.path, env: UNSET })
}

/** Writes a file below the home, with its folders; returns its path. */
async function file(name: string, text: string): Promise<string> {
  const path = join(home.path, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, text)
  return path
}

const USER_FILE = '.config/ccbt/config.toml'

describe('ccbt config', () => {
  it('init writes a file that check likes, once', async () => {
    const path = join(home.path, USER_FILE)
    expect(await config('init')).toMatchObject({ code: 0, stdout: expect.stringContaining(path), stderr: '' })
    expect(await config('check')).toMatchObject({ code: 0, stderr: '' })
    expect(await config('show')).toMatchObject({ code: 0, stdout: '', stderr: '' })
    const before = await readFile(path, 'utf8')
    expect(await config('init')).toMatchObject({ code: 13, stderr: expect.stringContaining('stays as it is') })
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('show, get: values and where they come from', async () => {
    const path = await file(USER_FILE, '[limits]\nupload = "2 MB/s"\n[profiles.night.limits]\nupload = 0\n')
    expect(await config('show')).toMatchObject({ code: 0, stdout: `limits.upload = 2MB  (user: ${path}:2:1)\n` })
    const night = await config('show', '--profile', 'night', '--json')
    expect(JSON.parse(night.stdout)).toEqual({ 'limits.upload': { value: 0, from: 'profile', where: `${path}:4:1` } })
    const all = await config('show', '--effective', '--set', 'network.port=7')
    expect(all.stdout).toMatch(/^network\.port = 7 {2}\(argument: --set network\.port\)$/m)
    expect(all.stdout).toMatch(/^peers\.max = 80 {2}\(default\)$/m)
    expect(all.stdout).toMatch(/^network\.bind is not set$/m)
    expect(await config('get', 'limits.upload')).toMatchObject({ code: 0, stdout: '2MB\n' })
    expect(await config('get', 'network.bind')).toMatchObject({ code: 0, stdout: '' })
    expect(await config('get', 'limits.uplod')).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/limits\.upload/),
    })
  })

  it('set: kept beside the state; no file of the user changes', async () => {
    const text = '# mine\nlimits.upload = 1\n'
    const path = await file(USER_FILE, text)
    expect(await config('set', 'limits.upload', '5M')).toMatchObject({ code: 0, stderr: '' })
    expect(await config('get', 'limits.upload')).toMatchObject({ stdout: '5MB\n' })
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readFile(join(home.path, '.state/ccbt/settings.toml'), 'utf8')).toContain('upload = "5MB"')
    expect(await config('set', 'limits.upload', '6M', '--set', 'limits.upload=7')).toMatchObject({
      stdout: expect.stringContaining('the above counts more'),
    })
    expect(await config('set', 'limits.upload', '--unset')).toMatchObject({ code: 0 })
    expect(await config('get', 'limits.upload')).toMatchObject({ stdout: '1\n' })
    expect(await config('set', 'limits.upload')).toMatchObject({ code: 64, stderr: expect.stringContaining('--unset') })
    expect(await config('set', 'limits.upload', 'fast')).toMatchObject({ code: 64 })
  })

  it("check: a line for everything, in torrents' own files too", async () => {
    const path = await file(USER_FILE, '[limits]\nuplod = 1\n[network]\nport = "x"\n')
    const own = await file(`.config/ccbt/torrents.d/${'ab'.repeat(20)}.toml`, 'network.port = 1')
    const checked = await config('check')
    expect(checked).toMatchObject({ code: 64, stdout: '' })
    expect(checked.stderr.split('\n')).toEqual([
      `ccbt: ${path}:2:1: unknown key 'limits.uplod', did you mean 'limits.upload'?`,
      `ccbt: ${path}:4:8: network.port must be a whole number from 0 to 65535, not 'x'`,
      `ccbt: ${own}:1:9: network.port is for all torrents together, not for one`,
      '',
    ])
    expect(JSON.parse((await config('check', '--json')).stdout)).toMatchObject({ problems: { length: 3 } })
    await rm(own)
  })

  it('docs: the reference and the JSON schema', async () => {
    const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
    const docs = await config('docs')
    expect(docs.stdout.length).toBeGreaterThan(1000)
    expect(page.endsWith(docs.stdout)).toBe(true)
    expect(JSON.parse((await config('docs', '--json')).stdout)).toHaveProperty('properties.limits')
  })
})

describe('a mistake ends a command at its start', () => {
  it.each([
    [
      '[limits]\nuplod = 1',
      /^ccbt: \S+config\.toml:2:1: unknown key 'limits\.uplod', did you mean 'limits\.upload'\?\n$/,
    ],
    ['[limits', /^ccbt: \S+config\.toml:1:\d+: [^\n]+\n$/],
    [`${'a.'.repeat(20_000)}a = 1`, /^ccbt: \S+config\.toml:1:1: unknown section 'a'\n$/],
    ['#'.repeat(2_000_000), /^ccbt: \S+config\.toml:1:1: the file is larger than 1 MiB\n$/],
  ])('%#', async (text, line) => {
    await file(USER_FILE, text)
    const { code, stderr, stdout } = await runCli(['add', 'absent.torrent', '--state-dir', 'untouched'], {
      cwd: home.path,
    })
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toMatch(line)
    await expect(stat(join(home.path, 'untouched'))).rejects.toThrow()
  })

  it('a file that was named must be there', async () => {
    const { code, stderr } = await runCli(['add', 'x.torrent', '--config', 'no.toml'], { cwd: home.path })
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: `ccbt: ${home.path}/no.toml: no such file (--config names it)\n`,
    })
  })
})

describe('transfers go by the configuration', () => {
  let swarm: Swarm
  beforeAll(async () => {
    swarm = await startSwarm({
      files: { 'album/a.bin': 3_000_000, 'album/note.nfo': 10_000 },
      createArguments: ['--tracker', 'http://127.0.0.1:9/announce'],
    })
    await mkdir(join(swarm.folder, '.config/ccbt'), { recursive: true })
  })
  afterAll(() => swarm[Symbol.asyncDispose]())

  it('a rule by tracker chooses the folder, a file beside the torrent the files', async () => {
    const rule = '[[rule]]\nwhen.tracker = "127.0.0.1"\nset.paths.download = "../../ruled"\n'
    await writeFile(join(swarm.folder, USER_FILE), rule)
    await writeFile(`${swarm.torrent}.toml`, 'files.exclude = ["*.nfo"]')
    const explained = await runCli(['config', 'explain', swarm.torrent], { cwd: swarm.folder })
    expect(explained.stdout).toMatch(/^fits the rule at \S+config\.toml:1:3$/m)
    expect(explained.stdout).toMatch(/^paths\.download = \S+ruled {2}\(rule: \S+config\.toml:3:11\)$/m)
    expect(explained.stdout).toMatch(/^files\.exclude = \*\.nfo {2}\(torrent: \S+test\.torrent\.toml:1:7\)$/m)
    const added = await runCli(['add', swarm.torrent, ...swarm.peerArguments], { cwd: swarm.folder })
    expect(added).toMatchObject({ code: 0 })
    expect(await stat(join(swarm.folder, 'ruled/album/a.bin'))).toMatchObject({ size: 3_000_000 })
    await expect(stat(join(swarm.folder, 'ruled/album/note.nfo'))).rejects.toThrow()
    await rm(`${swarm.torrent}.toml`)
  })

  it('a flag counts more than a variable, a variable more than a file', async () => {
    await writeFile(join(swarm.folder, USER_FILE), '[paths]\ndownload = "/file"\nstate = "/dev/null/x"\n')
    const env = { CCBT_PATHS__STATE: 'state2', CCBT_PATHS__DOWNLOAD: '/variable' }
    const args = ['add', swarm.torrent, '-o', 'flagged', ...swarm.peerArguments]
    expect(await runCli(args, { cwd: swarm.folder, env })).toMatchObject({ code: 0 })
    expect((await stat(join(swarm.folder, 'flagged/album/a.bin'))).size).toBe(3_000_000)
    expect((await stat(join(swarm.folder, 'state2'))).isDirectory()).toBe(true)
  })

  it('limits change while a transfer runs; a bad file changes nothing', async () => {
    const path = join(swarm.folder, USER_FILE)
    await writeFile(path, 'limits.download = "20K"')
    const args = ['add', swarm.torrent, '-o', 'live', '--json', ...swarm.peerArguments]
    await using adding = new CliProcess(args, { cwd: swarm.folder })
    await adding.untilEvent('progress')
    await writeFile(path, 'limits.download = "20X"')
    const rejected = await adding.untilEvent('configuration')
    expect(rejected).toMatchObject({ problems: [expect.stringContaining(`${path}:1:19: limits.download must be`)] })
    await writeFile(path, 'limits.download = 0\nnetwork.port = 7\n')
    const { changes } = await adding.untilEvent('configuration', (event) => event['changes'] !== undefined)
    expect(changes).toEqual([
      { key: 'network.port', before: '0', after: '7', apply: 'restart' },
      { key: 'limits.download', before: '20KB', after: '0', apply: 'live' },
    ])
    // At 20 kB/s this would take two and a half minutes, longer than the test may.
    expect((await adding.ended).code).toBe(0)
  })
})
