// The published form: the command is bundled and packed, installed in an empty folder far from the sources, and run there.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import type { CliOptions, TemporaryFolder } from './cli-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** A Node on this machine that is too old for us, if there is one. */
async function oldNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const path = join(folder, 'node')
    if (!existsSync(path)) continue
    const { stdout } = await run(path, ['-p', 'process.versions.node'])
    if (Number.parseInt(stdout, 10) < 24) return path
  }
  return undefined
}

/** An empty program in which packages of this repository are installed from tarballs, as a user's npm would do it. */
async function installPacked(folders: readonly string[], options: readonly string[] = []): Promise<TemporaryFolder> {
  const home = await temporaryFolder()
  const tarballs = join(home.path, 'tarballs')
  const app = join(home.path, 'app')
  await mkdir(tarballs)
  for (const folder of folders) {
    await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', tarballs], { cwd: folder })
  }
  await mkdir(app)
  await writeFile(join(app, 'package.json'), '{"private":true,"type":"module"}')
  const files = (await readdir(tarballs)).map((name) => join(tarballs, name))
  // Install scripts may run: nobody must need to forbid them.
  const env = { ...process.env, npm_config_ignore_scripts: 'false' }
  await run('npm', ['install', '--no-audit', '--no-fund', ...options, ...files], { cwd: app, env })
  return home
}

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Folders of the package `name` and of every package of this repository that it needs. */
async function withDependencies(name: string): Promise<string[]> {
  const manifests = new Map<string, { folder: string; dependencies: string[] }>()
  for (const entry of await readdir(join(ROOT, 'packages'))) {
    const folder = join(ROOT, 'packages', entry)
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
    manifests.set(manifest.name, { folder, dependencies: Object.keys(manifest.dependencies ?? {}) })
  }
  const needed = new Set([name])
  for (const one of needed) {
    for (const dependency of manifests.get(one)?.dependencies ?? []) {
      if (manifests.has(dependency)) needed.add(dependency)
    }
  }
  return Array.from(needed, (one) => manifests.get(one)?.folder ?? '')
}

describe('the packed command', () => {
  let home: TemporaryFolder
  let options: CliOptions

  beforeAll(async () => {
    // Without a network: the tarball is all that it takes.
    home = await installPacked([join(ROOT, 'packages/cli')], ['--offline'])
    const main = join(home.path, 'app/node_modules/ccbt/bundle/main.js')
    options = { cwd: home.path, command: [process.execPath, main] }
    return () => home[Symbol.asyncDispose]()
  }, 300_000)

  it('is one package with a command and the licences of what is in it', async () => {
    const modules = join(home.path, 'app/node_modules')
    expect((await readdir(modules)).filter((name) => !name.startsWith('.'))).toEqual(['ccbt'])
    expect(existsSync(join(modules, '.bin/ccbt'))).toBe(true)
    expect(await readdir(join(modules, 'ccbt'))).toEqual(['LICENSE', 'bundle', 'package.json', 'share'])
    const licences = await readFile(join(modules, 'ccbt/bundle/THIRD-PARTY-LICENSES.txt'), 'utf8')
    for (const name of ['bencode', 'bittorrent-tracker', 'commander']) expect(licences).toContain(`${name} `)
    for (const worker of ['chunk.worker', 'chunk-index.worker']) {
      const file = join(modules, `ccbt/bundle/${worker}.THIRD-PARTY-LICENSES.txt`)
      expect(await readFile(file, 'utf8')).toContain('blake3-wasm ')
    }
  })

  it('starts without what only trackers and web requests need', async () => {
    const imports = async (file: string): Promise<string[]> => {
      const text = await readFile(join(home.path, 'app/node_modules/ccbt/bundle', file), 'utf8')
      return Array.from(text.matchAll(/^import .*"([^"]+)";$/gm), (match) => match[1] ?? '')
    }
    const [command, client] = await Promise.all([imports('command.js'), imports('client.js')])
    expect(command.filter((name) => name.startsWith('.'))).toEqual([])
    expect(client.filter((name) => name.startsWith('.'))).toEqual(['./command.js'])
    expect(command).not.toContain('node:crypto')
    for (const heavy of ['node:http', 'node:https', 'node:tls', 'node:zlib']) expect(client).not.toContain(heavy)
    expect(await imports('discovery.js')).toContain('node:https')
  })

  it('downloads, verifies and creates', async () => {
    await using swarm = await startSwarm({ files: { 'p/a': 2_000_000, 'p/b': 1 } })
    const version = await runCli(['--version'], options)
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    await cp(swarm.torrent, join(home.path, 'p.torrent'))
    const added = await runCli(['add', 'p.torrent', '-o', 'out', ...swarm.peerArguments], options)
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(await treeDigest(join(home.path, 'out'))).toEqual(await treeDigest(swarm.source))
    expect(await runCli(['verify', 'p.torrent', '--data', 'out'], options)).toMatchObject({ code: 0 })
    expect(await runCli(['create', 'out/p', '-o', 'again.torrent'], options)).toMatchObject({ code: 0 })
    expect(await runCli(['info', 'again.torrent'], options)).toMatchObject({ code: 0, stderr: '' })
    const { stdout } = await runCli(['xet', 'hash', 'out/p/a'], options)
    expect(stdout).toMatch(/^[\da-f]{64}\n$/)
  })

  it('loads neither the daemon nor what only trackers need for a download from peers', async () => {
    await using swarm = await startSwarm({ files: { 'q/a': 100_000 } })
    const log = join(home.path, 'loaded')
    const code = `import {registerHooks} from 'node:module';import {appendFileSync} from 'node:fs'
registerHooks({load(url,context,next){appendFileSync(${JSON.stringify(log)},url+'\\n');return next(url,context)}})`
    const env = { NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(code)}"` }
    const added = await runCli(['add', swarm.torrent, '-o', 'quick', ...swarm.peerArguments], { ...options, env })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    const loaded = (await readFile(log, 'utf8')).split('\n').flatMap((url) => /bundle\/(.+)\.js$/.exec(url)?.[1] ?? [])
    expect([...new Set(loaded)].sort()).toEqual(['add', 'client', 'command', 'disk.worker', 'main', 'program'])
  })

  it('downloads by its own tracker, from its own seeder', async () => {
    await using tracker = new CliProcess(['tracker', '--port', '0', '--interval', '1s'], options)
    const announce = await tracker.until(({ stdout }) => /^http:\S+$/m.exec(stdout)?.[0])
    await mkdir(join(home.path, 'shared'))
    await writeFile(join(home.path, 'shared/file'), 'x'.repeat(100_000))
    await runCli(['create', 'shared/file', '--tracker', announce, '-o', 'file.torrent'], options)
    await using seeder = new CliProcess(['seed', 'file.torrent', '--data', 'shared', '--json'], options)
    await seeder.untilEvent('seeding')
    const added = await runCli(['add', 'file.torrent', '-o', 'fetched', '--state-dir', 'other'], options)
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(await treeDigest(join(home.path, 'fetched'))).toEqual(await treeDigest(join(home.path, 'shared')))
  })

  it('runs a daemon with its page', async () => {
    const http = ['--http', '127.0.0.1:0', '--no-auth', '--json']
    await using daemon = new CliProcess(['daemon', 'run', ...http], options)
    const { urls } = await daemon.untilEvent('ready')
    const [url = ''] = urls as string[]
    const page = await (await fetch(url)).text()
    const [, script = ''] = /src="(assets[^"]+)"/.exec(page) ?? []
    expect(await fetch(new URL(script, url))).toMatchObject({ status: 200 })
    const licences = join(home.path, 'app/node_modules/ccbt/bundle/web/THIRD-PARTY-LICENSES.txt')
    expect(await readFile(licences, 'utf8')).toContain('preact ')
  })

  it('runs where it cannot keep compiled code', async () => {
    await writeFile(join(home.path, 'a-file'), '')
    const env = { XDG_CACHE_HOME: join(home.path, 'a-file') }
    expect(await runCli(['--version'], { ...options, env })).toMatchObject({ code: 0, stderr: '' })
  })

  it('tells an old Node what it needs', async ({ skip }) => {
    const old = await oldNode()
    if (old === undefined) return skip('there is no old Node here')
    const refused = await runCli(['--version'], { ...options, command: [old, options.command?.[1] ?? ''] })
    expect(refused).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/^ccbt: needs Node 24 or newer/),
    })
  })
})

describe('the packed libraries', () => {
  it('install, open a session and run a tracker', { timeout: 300_000 }, async () => {
    await run('tsc', ['-b', 'packages/core'], { cwd: ROOT })
    await using home = await installPacked(await withDependencies('@ccbt/core'), ['--prefer-offline'])
    const program = `
      import { createSession } from '@ccbt/core'
      import { createTrackerServer } from '@ccbt/discovery'
      await using session = await createSession({ stateDir: 'state', bind: '127.0.0.1' })
      await using tracker = await createTrackerServer({ port: 0, host: '127.0.0.1', intervalMs: 60_000 })
      const answer = await fetch(tracker.announceUrls[0] + '?info_hash=' + 'h'.repeat(20) + '&peer_id=' + 'p'.repeat(20) + '&port=1')
      console.log(session.snapshot().port > 0, await answer.text())
    `
    const app = join(home.path, 'app')
    await writeFile(join(app, 'program.js'), program)
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: app })
    expect(stdout).toMatch(/^true d8:completei0e10:incompletei1e8:intervali60e/)
  })
})
