// The published form: packages are built and packed, installed in an empty folder far from the sources, and run there.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { runCli, temporaryFolder } from './cli-process.ts'
import { treeDigest } from './sample-data.ts'
import { startSwarm } from './swarm.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

interface Manifest {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** Folders of `ccbt` and of every package of this repository that it needs. */
async function neededPackages(): Promise<string[]> {
  const found = new Map<string, Manifest>()
  const folders = new Map<string, string>()
  for (const folder of await readdir(join(ROOT, 'packages'))) {
    const path = join(ROOT, 'packages', folder, 'package.json')
    if (!existsSync(path)) continue
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest
    found.set(manifest.name, manifest)
    folders.set(manifest.name, join(ROOT, 'packages', folder))
  }
  const needed = new Set(['ccbt'])
  for (const name of needed) {
    for (const dependency of Object.keys(found.get(name)?.dependencies ?? {})) {
      if (found.has(dependency)) needed.add(dependency)
    }
  }
  return [...needed].map((name) => folders.get(name) ?? '')
}

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

describe('the packed packages', () => {
  it('install and download without the sources', { timeout: 300_000 }, async () => {
    await using swarm = await startSwarm({ files: { 'p/a': 2_000_000, 'p/b': 1 } })
    await using home = await temporaryFolder()
    const tarballs = join(home.path, 'tarballs')
    await mkdir(tarballs)
    await run('tsc', ['-b', 'packages/cli'], { cwd: ROOT })
    for (const folder of await neededPackages()) {
      await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', tarballs], { cwd: folder })
    }
    const app = join(home.path, 'app')
    await mkdir(app)
    await writeFile(join(app, 'package.json'), '{"private":true}')
    const files = (await readdir(tarballs)).map((name) => join(tarballs, name))
    // Nothing of ours needs an install script, and those of others must not be needed either.
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...files], { cwd: app })

    const cwd = home.path
    const command = [process.execPath, join(app, 'node_modules/ccbt/dist/main.js')] as const
    const version = await runCli(['--version'], { cwd, command })
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    await cp(swarm.torrent, join(cwd, 'p.torrent'))
    const added = await runCli(['add', 'p.torrent', '-o', 'out', ...swarm.peerArguments], { cwd, command })
    expect(added).toMatchObject({ code: 0, stderr: '' })
    expect(await treeDigest(join(cwd, 'out'))).toEqual(await treeDigest(swarm.source))
    expect(await runCli(['verify', 'p.torrent', '--data', 'out'], { cwd, command })).toMatchObject({ code: 0 })
    expect(existsSync(join(app, 'node_modules/.bin/ccbt'))).toBe(true)
    const create = await runCli(['create', 'out/p', '-o', 'again.torrent'], { cwd, command })
    expect(create.code).toBe(0)
    const old = await oldNode()
    if (old === undefined) return
    const refused = await runCli(['--version'], { cwd, command: [old, command[1]] })
    expect(refused).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/^ccbt: needs Node 24 or newer/),
    })
  })
})
