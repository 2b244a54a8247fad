// The whole command line: parses the arguments, runs the command, turns its end into an exit status.

import { Command, CommanderError } from 'commander'
import { defineAlerts } from './definitions/alerts.ts'
import { defineConfig } from './definitions/config.ts'
import { defineDaemon } from './definitions/daemon.ts'
import { defineDashboard } from './definitions/dashboard.ts'
import { defineAdd, defineSeed, defineStream, defineTracker, defineVerify } from './definitions/transfers.ts'
import type { OnExit } from './definitions/transfers.ts'
import { errnoOf, usageError } from './errors.ts'
import { defineCreate, defineEdit, defineInfo, defineMagnet } from './definitions/torrent-files.ts'
import { EXIT_CODES } from './exit-codes.ts'
import { reportFailure } from './fail.ts'
import { definePublishing } from './definitions/publishing.ts'
import { defineShell } from './definitions/shell.ts'
import { defineTorrentCommands } from './definitions/torrents.ts'
import { clientVersion } from './version.ts'
import { defineXet } from './definitions/xet.ts'

/** The commands and options; `onExit` gets the exit status of the command that ran. */
export function createProgram(onExit: OnExit): Command {
  const program = new Command('ccbt')
    .description('A fast BitTorrent client for the terminal.')
    .version(clientVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    // The error is told by reportFailure, as all others are.
    .configureOutput({ outputError: () => {} })
    .exitOverride()
    .addHelpText('after', exitCodeTable)
  const commands = [
    defineAdd,
    defineSeed,
    defineStream,
    defineCreate,
    defineEdit,
    defineInfo,
    defineMagnet,
    defineVerify,
    defineTracker,
    defineDaemon,
    defineTorrentCommands,
    defineShell,
    defineAlerts,
    defineDashboard,
    defineConfig,
    defineXet,
    definePublishing,
  ]
  for (const define of commands) define(program, onExit)
  return program
}

function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
  return ['', 'Exit status:', ...rows].join('\n')
}

/** Runs the program with its arguments (without the first two of process.argv) and returns the exit status. */
export async function runCli(argv: readonly string[]): Promise<number> {
  endQuietlyWithoutReader()
  const exitCode = await run(argv)
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  return exitCode
}

/** Everything is written, or a failure to write has been noticed. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}

async function run(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT_CODES.ok.code
  const program = createProgram((code) => (exitCode = code))
  const json = argv.includes('--json')
  process.on('uncaughtException', (error) => {
    void reportFailure(error, { json }).then((code) => process.exit(code))
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) return await reportFailure(error, { json })
    if (error.exitCode === 0) return EXIT_CODES.ok.code
    // Without a command the help has been printed already.
    if (error.code === 'commander.help') return EXIT_CODES.usage.code
    return await reportFailure(usageFailure(error, commandName(program, argv)), { json })
  }
}

/** Commander's text in our form: `error: unknown option '--foo'\n(Did you mean ...?)`. */
function usageFailure(error: CommanderError, command: string): Error {
  const text = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
  return usageError(command, `${text.replace(/\.$/, '')} (see: ${command} --help)`)
}

function commandName(program: Command, argv: readonly string[]): string {
  const name = argv.find((word) => !word.startsWith('-'))
  return program.commands.some((command) => command.name() === name) ? `ccbt ${name}` : 'ccbt'
}

/** `ccbt info x | head -1` is no error worth a word, but whoever waits for the exit status learns of it. */
function endQuietlyWithoutReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (errnoOf(error) !== 'EPIPE') throw error
      process.exit(EXIT_CODES.brokenPipe.code)
    })
  }
}
