// `ccbt dashboard`: the daemon on the whole terminal.

import { spawn } from 'node:child_process'
import { whyNoScreen, runDashboard } from '@ccbt/dashboard'
import type { RunVerb } from '@ccbt/dashboard'
import { createHttpClient, createHttpMonitor, isUnreachable } from '@ccbt/rpc-client'
import type { DaemonAddress, DaemonClient, DaemonMonitor } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { verbsOf } from '../definitions/command-tree.ts'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { createProgram } from '../program.ts'
import { listenForStop } from '../stop-signals.ts'
import { boundYoungGeneration } from '../young-generation.ts'

/** The parsed flags of `ccbt dashboard`. */
export interface DashboardFlags extends ClientFlags {
  readonly theme?: string
  readonly lang?: string
  readonly mouse?: boolean
}

/** Of the heap's young generation: the news of a second and its frame. */
const YOUNG_BYTES = 4_194_304
/** A command typed into the dashboard has so long, and so much to say. */
const VERB_MS = 600_000
const MAX_VERB_OUTPUT = 262_144

/** Shows the daemon until the user quits; returns the exit status. */
export async function runDashboardCommand(flags: DashboardFlags): Promise<number> {
  boundYoungGeneration(YOUNG_BYTES)
  checkScreen()
  using stop = listenForStop()
  const address = await addressOf(flags)
  await using client = createHttpClient(address)
  if (!(await isThere(client))) {
    process.stderr.write("ccbt: no daemon is running; start one with 'ccbt daemon start'\n")
    return EXIT_CODES.notFound.code
  }
  await using monitor = createHttpMonitor(address)
  await showDashboard(client, { monitor, flags, env: verbEnvironment(address, flags), signal: stop.signal })
  return stop.exitCode ?? EXIT_CODES.ok.code
}

/** How a dashboard is shown. */
export interface DashboardView {
  /** Of the daemon that is shown. */
  readonly monitor: DaemonMonitor
  readonly flags: DashboardFlags
  /** Of commands that are typed into the dashboard. */
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
}

/** Shows whatever `client` speaks to, on the process's terminal. */
export async function showDashboard(
  client: DaemonClient,
  { monitor, flags, env, signal }: DashboardView,
): Promise<void> {
  await runDashboard({
    client,
    monitor,
    input: process.stdin,
    output: process.stdout,
    env: process.env,
    theme: flags.theme ?? 'dark',
    ...(flags.lang === undefined ? {} : { language: flags.lang }),
    hasMouse: flags.mouse !== false,
    verbs: verbsOf(createProgram(() => {})),
    runVerb: (words) => runVerb(words, env, signal),
    signal,
  })
}

/** Commands typed into the dashboard ask the same daemon. */
export function verbEnvironment(address: DaemonAddress, { daemon, token }: DashboardFlags): NodeJS.ProcessEnv {
  const url = daemon ?? ('socketPath' in address ? `unix:${address.socketPath}` : undefined)
  return {
    ...process.env,
    ...(url === undefined ? {} : { CCBT_DAEMON: url }),
    ...(token === undefined ? {} : { CCBT_TOKEN: token }),
  }
}

/** @throws CLI_USAGE where no full-screen program can run */
export function checkScreen(): void {
  const reason = whyNoScreen(process.env, { input: process.stdin, output: process.stdout })
  if (reason !== undefined) throw usageError('TERM', `${reason}; 'ccbt list' prints the torrents anywhere`)
}

/** Whether a daemon answers. */
export async function isThere(client: DaemonClient): Promise<boolean> {
  try {
    await client.system()
    return true
  } catch (error) {
    if (isUnreachable(error)) return false
    throw error
  }
}

/** This program again, with other words; what it printed, errors included. */
async function runVerb(words: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): ReturnType<RunVerb> {
  const [, main = ''] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    signal: AbortSignal.any([signal, AbortSignal.timeout(VERB_MS)]),
  })
  let output = ''
  const take = (text: string): void => {
    if (output.length < MAX_VERB_OUTPUT) output += text
  }
  child.stdout.setEncoding('utf8').on('data', take)
  child.stderr.setEncoding('utf8').on('data', take)
  const { promise, resolve } = Promise.withResolvers<number>()
  child.once('error', (error) => {
    take(error.message)
    resolve(EXIT_CODES.unknown.code)
  })
  child.once('close', (code) => resolve(code ?? EXIT_CODES.unknown.code))
  const code = await promise
  const lines = output.trimEnd().split('\n')
  return { lines, isOk: code === EXIT_CODES.ok.code }
}
