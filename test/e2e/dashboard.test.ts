// The dashboard on a real pseudo terminal, in front of a real daemon in a real swarm, driven by keys only.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { CliProcess, NODE_ARGUMENTS, runCli, temporaryFolder } from './cli-process.ts'
import { HAS_SCRIPT, PtyProgram } from './pty.ts'
import type { PtyOptions } from './pty.ts'
import { startSwarm } from './swarm.ts'
import { treeDigest, writeSamples } from './sample-data.ts'

const ENTER = '\r'
const ESCAPE = '\x1b'
const DOWN = '\x1b[B'
const MOUSE_TAB_SYSTEM = '\x1b[<0;28;2M'

const DASHBOARD_ENV = { TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', NO_COLOR: '' }

function homeIn(folder: string): NodeJS.ProcessEnv {
  return { XDG_STATE_HOME: join(folder, '.state'), XDG_CONFIG_HOME: join(folder, '.config') }
}

interface Stage extends AsyncDisposable {
  readonly folder: string
  readonly downloads: string
  open(options?: StageOptions): PtyProgram
  /** What {@link Stage.open} starts. */
  terminal(options?: StageOptions): PtyOptions
}

interface StageOptions {
  readonly columns?: number
  readonly rows?: number
  readonly env?: NodeJS.ProcessEnv
}

/** Cursor, wrapping, brackets around pastes, mouse: as a shell has them. */
const GIVEN_BACK = { '?25': 'h', '?7': 'h', '?2004': 'l', '?1000': 'l', '?1006': 'l' }

/** How the program left the modes of its terminal. */
function modesOf(output: string): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.keys(GIVEN_BACK).map((mode) => {
      const [on, off] = ['h', 'l'].map((end) => output.lastIndexOf(`\x1b[${mode}${end}`))
      return [mode, (on ?? -1) > (off ?? -1) ? 'h' : 'l']
    }),
  )
}

/** The only child of a process. */
function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'))
}

/** A daemon without torrents, and dashboards for it. */
async function startStage(): Promise<Stage> {
  await using cleanup = new AsyncDisposableStack()
  const folder = cleanup.use(await temporaryFolder()).path
  const downloads = join(folder, 'downloads')
  const daemon = cleanup.use(
    new CliProcess(['daemon', 'run', '--no-http', '--download-dir', downloads], { cwd: folder }),
  )
  await daemon.until(({ stdout, stderr }) => (/ready/.test(stdout + stderr) ? true : undefined))
  const resources = cleanup.move()
  const terminal: Stage['terminal'] = ({ columns = 100, rows = 30, env = {} } = {}) => ({
    command: [process.execPath, ...NODE_ARGUMENTS, 'dashboard'],
    columns,
    rows,
    cwd: folder,
    env: { ...DASHBOARD_ENV, ...homeIn(folder), ...env },
  })
  const open: Stage['open'] = (options) => new PtyProgram(terminal(options))
  return { folder, downloads, open, terminal, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

function startSlowSwarm(): ReturnType<typeof startSwarm> {
  return startSwarm({ files: { 'data.bin': 3_000_000 }, seedArguments: ['--upload-limit', '500k'] })
}

/** `add --dashboard` of what the swarm has, where no daemon runs. */
async function openAdd(
  swarm: Awaited<ReturnType<typeof startSwarm>>,
  env: NodeJS.ProcessEnv = {},
): Promise<PtyProgram> {
  const { folder, torrent, peerArguments } = swarm
  const [, peer = ''] = peerArguments
  const { stdout: magnet } = await runCli(['magnet', torrent], { cwd: folder })
  const words = ['add', `${magnet.trim()}&x.pe=${peer}`, '--dashboard', '-o', 'here']
  return new PtyProgram({
    command: [process.execPath, ...NODE_ARGUMENTS, ...words],
    columns: 100,
    rows: 30,
    cwd: folder,
    env: { ...DASHBOARD_ENV, ...homeIn(folder), ...env },
  })
}

const FILES = { 'Album/deep/가나 😀.bin': 3_000_000, 'Album/one.bin': 2_000_000, 'Album/two.bin': 1_000_000 }

describe.skipIf(!HAS_SCRIPT)('the dashboard', () => {
  it('adds, chooses files, limits, pauses, goes on and removes, by keys alone', async () => {
    await using cleanup = new AsyncDisposableStack()
    const stage = cleanup.use(await startStage())
    const { folder, downloads } = stage
    const source = join(folder, 'source')
    await writeSamples(source, FILES)
    const tracker = cleanup.use(new CliProcess(['tracker', '--port', '0', '--no-udp'], { cwd: folder }))
    const url = await tracker.until(({ stdout }) => /http:\S+/.exec(stdout)?.[0])
    const torrent = join(folder, 'test.torrent')
    await runCli(['create', join(source, 'Album'), '-o', torrent, '--tracker', url], { cwd: folder })
    const seeder = cleanup.use(
      new CliProcess(['seed', torrent, '--data', source, '--json', '--upload-limit', '1M'], { cwd: folder }),
    )
    await seeder.untilEvent('seeding')

    const screen = cleanup.use(stage.open())
    await screen.until(/No torrents yet/)
    await screen.type('a', '/nowhere', '\r')
    await screen.until(/\/nowhere: no such file or directory/)
    await screen.type('\x1b')
    await screen.type('a', `${folder}/te`, '\t')
    await screen.until(/test\.torrent/)
    await screen.type(ENTER)
    // The emulator's tables have the emoji in one column: nothing behind it moves, so there is a blank.
    await screen.until(/\[x\] +가나 😀 ?\.bin/)
    await screen.type(DOWN, DOWN, DOWN, ' ')
    await screen.until(/\[ \] +one\.bin/)
    await screen.type(ENTER)
    await screen.until(/Album +downloading .*\dM/)
    await screen.type('d', '200k', ENTER)
    await screen.type(ENTER)
    await screen.until(/Hash +[0-9a-f]{20}/)
    await screen.type('\t')
    await screen.until(/\[ \] +one\.bin .*off/)
    await screen.type('\t')
    await screen.until(/127\.0\.0\.1:\d+ /)
    await screen.type(ESCAPE)
    await screen.until(/\[1 Torrents\]/)
    await screen.type('p')
    await screen.until(/Album +paused/)
    await screen.type('p')
    await screen.until(/Album +(?:downloading|seeding|checking)/)
    await screen.type('d', '0', ENTER)
    await screen.until(/Album +(?:seeding|finished) .*100%/)
    await screen.type('r', 'n')
    await screen.until(/Cancelled/)
    await screen.type('r', 'y')
    await screen.until(/No torrents yet/)
    await screen.type('q')
    expect(await screen.exitCode()).toBe(0)

    const expected = await treeDigest(source)
    const found = await treeDigest(downloads)
    for (const path of ['Album/deep/가나 😀.bin', 'Album/two.bin']) expect(found[path]).toBe(expected[path])
  })

  it('shows what add downloads without a daemon, and leaves it to the next', async () => {
    await using swarm = await startSlowSwarm()
    const { folder } = swarm
    await using screen = await openAdd(swarm)
    await screen.until(/data\.bin +downloading .*\dk/)
    await screen.type('6', '/', 'log.level', ENTER)
    await screen.until(/log\.level +info +default/)
    await screen.type(ENTER, '\t', ENTER)
    await screen.until(/log\.level +warning +changed at run time/)
    await screen.type('x')
    await screen.until(/log\.level +info +default/)
    await screen.type('1')
    await screen.until(/data\.bin +(?:seeding|finished) .*100%/)
    await screen.type('q')
    expect(await screen.exitCode()).toBe(0)
    expect(await treeDigest(join(folder, 'here'))).toEqual(await treeDigest(swarm.source))
  })

  it('is gone when it cannot draw, and the download of its process goes on', async () => {
    await using swarm = await startSlowSwarm()
    // From the signal on, no text can be made into cells.
    const fault = "process.on('SIGUSR2',()=>{String.prototype.normalize=()=>{throw new Error('cannot draw')}})"
    await using screen = await openAdd(swarm, { NODE_OPTIONS: `--import "data:text/javascript,${fault}"` })
    await screen.until(/data\.bin +downloading .*\dk/)
    process.kill(screen.pid, 'SIGUSR2')
    await screen.until(/cannot draw[^]*the download goes on without its dashboard/)
    expect(screen.isFullScreen).toBe(false)
    expect(modesOf(screen.output)).toEqual(GIVEN_BACK)
    const expected = await treeDigest(swarm.source)
    await expect.poll(() => treeDigest(join(swarm.folder, 'here'))).toEqual(expected)
    await screen.type('\x03')
    expect(await screen.exitCode()).toBe(130)
  })

  it('goes to the shell and comes back, as its key or a signal wants it', async () => {
    await using stage = await startStage()
    // Only a shell that controls jobs has its programs stopped.
    const back = 'echo stopped; read -r _; fg'
    const shell = `set -m; "$@"; ${back}; clear; ${back}; echo "left $?"; read -r _`
    const { command, ...terminal } = stage.terminal()
    await using screen = new PtyProgram({ ...terminal, command: ['bash', '-c', shell, 'bash', ...command] })
    const isDashboard = (): boolean => screen.isFullScreen && screen.lines().join('').includes('No torrents yet')
    for (const stop of ['\x1a', 'signal']) {
      await screen.untilTrue(isDashboard, 'the dashboard')
      if (stop === 'signal') process.kill(childOf(screen.pid), 'SIGTSTP')
      else await screen.type(stop)
      await screen.untilTrue(() => !screen.isFullScreen && screen.lines().includes('stopped'), `stopped by ${stop}`)
      expect(modesOf(screen.output)).toEqual(GIVEN_BACK)
      await screen.type(ENTER)
    }
    await screen.untilTrue(isDashboard, 'the dashboard')
    await screen.type('q')
    await screen.until(/left 0/)
    expect(modesOf(screen.output)).toEqual(GIVEN_BACK)
  })

  it('takes any size and the mouse, and gives the terminal back', async () => {
    await using stage = await startStage()
    await using screen = stage.open()
    await screen.until(/No torrents yet/)
    for (const [columns, rows] of [
      [20, 5],
      [400, 120],
      [80, 24],
    ] as const) {
      screen.resize(columns, rows)
      await screen.untilTrue(() => screen.lines().at(-1)?.includes('a add') === true, `${columns}x${rows}`)
    }
    await screen.type(MOUSE_TAB_SYSTEM)
    await screen.until(/Event loop/)
    await screen.type('?')
    await screen.until(/Keys .*Esc closes/)
    await screen.type(ESCAPE)
    await screen.untilTrue(() => !screen.lines().join('').includes('Esc closes'), 'no help')
    await screen.type('q')
    expect(await screen.exitCode()).toBe(0)
    expect(screen.isFullScreen).toBe(false)
    expect(modesOf(screen.output)).toEqual(GIVEN_BACK)
  })

  it.each(['SIGTERM', 'SIGHUP'] as const)('gives the terminal back after %s', async (signal) => {
    await using stage = await startStage()
    await using screen = stage.open()
    await screen.until(/No torrents yet/)
    process.kill(screen.pid, signal)
    await screen.exitCode()
    expect(screen.isFullScreen).toBe(false)
  })

  it('gives the terminal back after a crash, with the reason on it', async () => {
    await using stage = await startStage()
    const crash = "data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('boom')})"
    await using screen = stage.open({ env: { NODE_OPTIONS: `--import "${crash}"` } })
    await screen.until(/No torrents yet/)
    process.kill(screen.pid, 'SIGUSR2')
    expect(await screen.exitCode()).toBe(70)
    expect(screen.isFullScreen).toBe(false)
    expect(screen.lines().join('\n')).toMatch(/ccbt: internal error: boom/)
  })

  it('ends with its terminal, and the daemon goes on', async () => {
    await using stage = await startStage()
    const screen = stage.open()
    await screen.until(/No torrents yet/)
    await screen.close()
    await expect.poll(() => existsSync(`/proc/${screen.pid}`)).toBe(false)
    const status = await runCli(['daemon', 'status'], { cwd: stage.folder })
    expect(status.code).toBe(0)
  })

  it('writes ASCII only without UTF-8, and no colour with NO_COLOR', async () => {
    await using stage = await startStage()
    await using screen = stage.open({ env: { LC_ALL: 'C', NO_COLOR: '1' }, columns: 120, rows: 40 })
    await screen.until(/No torrents yet/)
    await screen.type('3')
    await screen.until(/Event loop/)
    // oxlint-disable-next-line no-control-regex -- everything but ASCII
    expect(screen.output).not.toMatch(/[^\x00-\x7f]/)
    // oxlint-disable-next-line no-control-regex -- Select Graphic Rendition with a colour
    expect(screen.output).not.toMatch(/\x1b\[[\d;]*(?:[34][0-9]|9[0-7])[\d;]*m/)
  })

  it('says in one line why it cannot be shown', async () => {
    await using stage = await startStage()
    await using dumb = stage.open({ env: { TERM: 'dumb' } })
    expect(await dumb.exitCode()).toBe(64)
    expect(dumb.output).toMatch(/ccbt: the dashboard needs a terminal that can move its cursor/)
    const piped = await runCli(['dashboard'], { cwd: stage.folder })
    expect(piped).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/^ccbt: the dashboard needs a terminal.*\n$/),
    })
    await using lonely = stage.open({ env: { XDG_STATE_HOME: join(stage.folder, 'other') } })
    expect(await lonely.exitCode()).toBe(3)
    expect(lonely.output).toMatch(/no daemon is running; start one with 'ccbt daemon start'/)
  })
})
