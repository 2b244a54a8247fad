// `ccbt daemon start`, `stop` and `status`: a daemon in another process.

import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { displayText } from '@ccbt/metainfo'
import { createHttpControl, isUnreachable } from '@ccbt/rpc-client'
import type { DaemonAddress, DaemonInfo } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { loadConfiguration } from '../configuration/configuration.ts'
import { addressOf, socketIn } from '../daemon/address.ts'
import { firstPassword, passwordText } from '../daemon/password.ts'
import { settingFlags, startOptions } from '../daemon/settings.ts'
import type { DaemonFlags } from '../daemon/settings.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { formatElapsed } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'

const POLL_MS = 50
/** A damaged disk or a huge state may take its time; a start takes less than a second. */
const START_MS = 60_000
/** The daemon itself ends after 10 s, whatever hangs. */
const STOP_MS = 15_000

/** Starts a daemon and returns when it is ready. */
export async function runDaemonStart(flags: DaemonFlags): Promise<number> {
  const config = await loadConfiguration(settingFlags(flags))
  const address = socketIn(config.stateFolder)
  const running = await infoOf(address)
  if (running !== undefined) {
    return say(flags, { event: 'running', ...running }, `already running: ${described(running)}`)
  }
  // What is wrong with the settings is said here, and the password is not said where it would be kept.
  const { remote } = await startOptions(config, flags)
  if (remote?.isOpen === false) {
    const password = await firstPassword(config.stateFolder)
    if (password !== undefined) say(flags, { event: 'password', password }, passwordText(password))
  }
  const started = await startChild(config.stateFolder, address)
  if (typeof started === 'object') return say(flags, { event: 'started', ...started }, `started: ${described(started)}`)
  return started
}

/** The daemon when it is ready, or the exit status of one that did not get there; what it said is on stderr then. */
async function startChild(stateFolder: string, address: DaemonAddress): Promise<DaemonInfo | number> {
  const outputPath = join(stateFolder, 'daemon.out')
  await mkdir(stateFolder, { recursive: true, mode: 0o700 })
  await rm(outputPath, { force: true })
  await using output = await open(outputPath, 'a', 0o600)
  const child = spawn(process.execPath, [...process.execArgv, ...runArguments()], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  })
  let exitCode: number | undefined
  child.once('exit', (code) => (exitCode = code ?? EXIT_CODES.unknown.code))
  child.once('error', () => (exitCode = EXIT_CODES.unknown.code))
  const info = await waitFor(START_MS, async () => (exitCode === undefined ? await infoOf(address) : 'ended'))
  child.unref()
  if (info !== undefined && info !== 'ended') return info
  const text = (await readFile(outputPath, 'utf8')).trimEnd().split('\n')
  for (const line of text) process.stderr.write(`${displayText(line)}\n`)
  return exitCode ?? EXIT_CODES.timeout.code
}

/** This process's arguments with `run` in the place of `start`. */
function runArguments(): string[] {
  const [, main = '', ...words] = process.argv
  return [main, ...words.with(words.indexOf('start'), 'run')]
}

/** Stops the daemon and returns when it has ended. */
export async function runDaemonStop(flags: ClientFlags): Promise<number> {
  const address = await addressOf(flags)
  const info = await infoOf(address)
  if (info === undefined) return say(flags, { event: 'not-running' }, 'not running')
  await using control = createHttpControl(address)
  await control.stop()
  const began = performance.now()
  const isLocal = 'socketPath' in address
  const ended = await waitFor(STOP_MS, async () => {
    return (await infoOf(address)) === undefined && !(isLocal && isAlive(info.pid)) ? true : undefined
  })
  if (ended !== true) {
    process.stderr.write(`ccbt: the daemon (process ${info.pid}) has not ended in time\n`)
    return EXIT_CODES.timeout.code
  }
  const elapsed = formatElapsed(performance.now() - began)
  return say(flags, { event: 'stopped', pid: info.pid }, `stopped after ${elapsed}`)
}

/** Says whether the daemon runs. */
export async function runDaemonStatus(flags: ClientFlags): Promise<number> {
  const info = await infoOf(await addressOf(flags))
  if (info === undefined) {
    say(flags, { event: 'not-running' }, 'not running')
    return EXIT_CODES.notFound.code
  }
  return say(flags, { event: 'running', ...info }, `running: ${described(info)}`)
}

/** Undefined = nobody answers there. */
async function infoOf(address: DaemonAddress): Promise<DaemonInfo | undefined> {
  await using control = createHttpControl(address)
  try {
    return await control.info()
  } catch (error) {
    if (isUnreachable(error)) return undefined
    throw error
  }
}

function described({ pid, version, torrents, urls, downloadDirectory }: DaemonInfo): string {
  const where = urls.length === 0 ? 'no remote control' : urls.join(' ')
  return `process ${pid}, ccbt ${version}, ${torrents} torrents, ${where}, downloads to ${downloadDirectory}`
}

function say(flags: { readonly json?: boolean }, facts: Parameters<typeof jsonLine>[0], text: string): number {
  processTerminal().line(flags.json === true ? jsonLine(facts) : displayText(text))
  return EXIT_CODES.ok.code
}

async function waitFor<T>(limitMs: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(POLL_MS)
  }
  return undefined
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    // Gone, or another user's: then it is not the daemon whose socket we could open.
    return false
  }
}
