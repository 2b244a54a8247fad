// The whole way of a torrent on this machine: a tracker, two seeders and a download as processes of the real command,
// with the live progress line. Everything is in one temporary folder that goes away at the end, whatever happens.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { cp, mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const COMMAND = ['--conditions=ccbt-src', join(ROOT, 'packages/cli/src/main.ts')]
const BIG_FILE_BYTES = 256 * 1024 * 1024
const READY_MS = 30_000

/** The demo's folder and the processes that are running. */
interface Stage {
  readonly folder: string
  readonly children: Set<ChildProcess>
}

function start(stage: Stage, args: readonly string[], show: boolean): ChildProcess {
  const child = spawn(process.execPath, [...COMMAND, ...args], {
    cwd: stage.folder,
    // The demo speaks to itself only.
    env: {
      ...process.env,
      XDG_STATE_HOME: join(stage.folder, 'state'),
      CCBT_DHT__ENABLED: 'false',
      CCBT_LSD__ENABLED: 'false',
      CCBT_PORT_MAPPING__ENABLED: 'false',
    },
    // What a background process logs would break the progress line.
    stdio: show ? 'inherit' : ['ignore', 'pipe', 'ignore'],
  })
  stage.children.add(child)
  child.once('exit', () => stage.children.delete(child))
  return child
}

/** Runs a command in full view; throws when it fails. */
async function run(stage: Stage, ...args: string[]): Promise<void> {
  console.log(`\n$ ccbt ${args.join(' ')}`)
  const [code] = (await once(start(stage, args, true), 'exit')) as [number | null]
  if (code !== 0) throw new Error(`ccbt ${args[0]} ended with ${code}`)
}

/** Starts a command that stays, and waits for the line of its output that says it is ready. */
async function background(stage: Stage, ready: RegExp, args: readonly string[]): Promise<string> {
  console.log(`\n$ ccbt ${args.join(' ')} &`)
  const child = start(stage, args, false)
  const timer = setTimeout(() => child.kill(), READY_MS)
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      const match = ready.exec(line)
      if (match !== null) return match[0]
    }
    throw new Error(`ccbt ${args[0]} ended before it was ready`)
  } finally {
    clearTimeout(timer)
    // Nobody reads the rest; without this a full pipe would hold the child up.
    child.stdout?.resume()
  }
}

/** The repository's own sources and one big file. */
async function writeData(folder: string): Promise<number> {
  const listed = spawnSync('git', ['ls-files', '-z', 'packages', 'docs', 'test'], { cwd: ROOT, encoding: 'utf8' })
  const paths = listed.status === 0 ? listed.stdout.split('\0').filter((path) => path !== '') : ['LICENSE']
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    // A file that is listed and has been deleted since is no reason to stop.
    await cp(join(ROOT, path), join(folder, path)).catch(() => console.log(`(${path} is not there)`))
  }
  await using file = await open(join(folder, 'noise.bin'), 'wx')
  const part = Buffer.alloc(8 * 1024 * 1024)
  for (let written = 0; written < BIG_FILE_BYTES; written += part.length) await file.write(randomFillSync(part))
  return (await listFiles(folder)).length
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(part as Buffer)
  return hash.digest('hex')
}

/** Compares every byte, past the command's own word. */
async function compare(sent: string, got: string): Promise<void> {
  const [expected, found] = [await listFiles(sent), await listFiles(got)]
  if (expected.join('\n') !== found.join('\n')) throw new Error('the file lists differ')
  for (const path of expected) {
    if ((await digest(join(sent, path))) !== (await digest(join(got, path)))) throw new Error(`${path} differs`)
  }
  console.log(`\nsent and received: ${expected.length} files, byte for byte the same`)
}

async function play(stage: Stage): Promise<void> {
  const source = join(stage.folder, 'source')
  const files = await writeData(join(source, 'demo'))
  console.log(`a torrent of ${files} files is made, seeded by two and downloaded by one, all on this machine`)

  const url = await background(stage, /^http:\S+/, ['tracker', '--port', '0', '--interval', '2s'])
  await run(stage, 'create', 'source/demo', '-o', 'demo.torrent', '--tracker', url)
  for (const seeder of ['one', 'two']) {
    const args = ['seed', 'demo.torrent', '--data', 'source', '--state-dir', seeder, '--json']
    await background(stage, /"event":"tracker-working"/, args)
  }
  await run(stage, 'add', 'demo.torrent', '-o', 'received')
  await run(stage, 'verify', 'demo.torrent', '--data', 'received')
  await compare(source, join(stage.folder, 'received'))
}

async function stopAll(stage: Stage): Promise<void> {
  const children = [...stage.children]
  for (const child of children) child.kill('SIGINT')
  await Promise.all(children.map((child) => once(child, 'exit')))
  await rm(stage.folder, { recursive: true, force: true })
}

const stage: Stage = { folder: await mkdtemp(join(tmpdir(), 'ccbt-demo-')), children: new Set() }
// Ctrl-C reaches every process of the terminal; `play` then fails and cleans up.
process.on('SIGINT', () => {})
try {
  await play(stage)
  console.log('the demo has worked')
} catch (error) {
  console.error(`the demo has failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await stopAll(stage)
}
