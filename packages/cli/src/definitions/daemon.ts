// `ccbt daemon` and its commands, with their arguments, options and help. Their code is loaded only when one runs.

import { Option } from 'commander'
import type { Command } from 'commander'
import { httpAddress } from './argument-parsers.ts'
import { addClientOptions } from './client-options.ts'
import type { ClientFlags } from './client-options.ts'
import type { PasswordFlags, TokenFlags } from '../commands/daemon-access.ts'
import type { DaemonFlags } from '../daemon/settings.ts'
import { addConfigOptions, givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt daemon`. */
export function defineDaemon(program: Command, onExit: OnExit): void {
  const daemon = program
    .command('daemon')
    .summary('keep torrents running in the background')
    .description('Run a service that keeps torrents over restarts and is controlled from elsewhere.')
    .addHelpText('after', examples('ccbt daemon start', 'ccbt daemon status', 'ccbt daemon password --reset'))
  for (const define of [defineRun, defineStart, defineStop, defineStatus, definePassword, defineToken]) {
    define(daemon, onExit)
  }
}

function addServiceOptions(command: Command): Command {
  command
    .option('--http <addr:port>', 'address of remote control; repeatable (default: 127.0.0.1:9091)', httpAddress)
    .option('--no-http', 'no remote control but the socket in the state folder')
    .option('--no-auth', 'ask for no password; on loopback addresses only')
    .option('--download-dir <dir>', 'folder of torrents that name none (default: ~/Downloads)')
    .option('--state-dir <dir>', 'torrents, records and locks (default: as for add)')
    .option('--json', 'one JSON object per line')
  return addConfigOptions(command)
}

function defineRun(daemon: Command, onExit: OnExit): void {
  const command = daemon
    .command('run')
    .summary('run in the foreground')
    .description('Run until SIGTERM or Ctrl-C; SIGHUP reads the configuration again.')
  addServiceOptions(command)
    .addHelpText('after', examples('ccbt daemon run', 'ccbt daemon run --http 0.0.0.0:9091'))
    .action(async () => {
      const { runDaemon } = await import('../commands/daemon-run.ts')
      onExit(await runDaemon(givenFlags<DaemonFlags>(command)))
    })
}

function defineStart(daemon: Command, onExit: OnExit): void {
  const command = daemon
    .command('start')
    .summary('start in the background')
    .description('Start a daemon that goes on without this terminal, and wait until it is ready.')
  addServiceOptions(command)
    .addHelpText('after', examples('ccbt daemon start --download-dir /srv/torrents'))
    .action(async () => {
      const { runDaemonStart } = await import('../commands/daemon.ts')
      onExit(await runDaemonStart(givenFlags<DaemonFlags>(command)))
    })
}

function defineStop(daemon: Command, onExit: OnExit): void {
  const command = daemon.command('stop').summary('stop it').description('Stop the daemon and wait until it has ended.')
  addClientOptions(command)
    .addHelpText('after', examples('ccbt daemon stop'))
    .action(async () => {
      const { runDaemonStop } = await import('../commands/daemon.ts')
      onExit(await runDaemonStop(givenFlags<ClientFlags>(command)))
    })
}

function defineStatus(daemon: Command, onExit: OnExit): void {
  const command = daemon
    .command('status')
    .summary('say whether it runs')
    .description('Say whether the daemon runs, and where; exit status 3 when it does not.')
  addClientOptions(command)
    .addHelpText('after', examples('ccbt daemon status --json'))
    .action(async () => {
      const { runDaemonStatus } = await import('../commands/daemon.ts')
      onExit(await runDaemonStatus(givenFlags<ClientFlags>(command)))
    })
}

function addAccessOptions(command: Command): Command {
  return command
    .option('--state-dir <dir>', "the daemon's state (default: as for add)")
    .option('--json', 'one JSON object per line')
}

function definePassword(daemon: Command, onExit: OnExit): void {
  const command = daemon
    .command('password')
    .summary('make a new password')
    .description('Make another password for remote control and show it once. It counts at once.')
    .option('--reset', 'make one and show it')
    .addOption(new Option('--file <file>', 'take the first line of this file instead').conflicts('reset'))
  addAccessOptions(command)
    .addHelpText('after', examples('ccbt daemon password --reset'))
    .action(async () => {
      const { runDaemonPassword } = await import('../commands/daemon-access.ts')
      onExit(await runDaemonPassword(givenFlags<PasswordFlags>(command)))
    })
}

function defineToken(daemon: Command, onExit: OnExit): void {
  const token = daemon
    .command('token')
    .summary('let programs in')
    .description('Tokens let programs in without the password, as far as their scope goes.')
    .addHelpText('after', examples('ccbt daemon token create grafana --scope read', 'ccbt daemon token list'))
  const create = token
    .command('create')
    .summary('make a token')
    .description('Make a token and show it once.')
    .argument('<name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'read: look; control: add and change torrents; admin: everything')
        .choices(['read', 'control', 'admin'])
        .default('read'),
    )
  run(addAccessOptions(create), onExit, 'runTokenCreate')
  const list = token.command('list').summary('list tokens').description('List the tokens, without their secrets.')
  run(addAccessOptions(list), onExit, 'runTokenList')
  const revoke = token
    .command('revoke')
    .summary('take a token back')
    .description('Take a token back. It counts at once.')
    .argument('<token>', 'its number or name')
  run(addAccessOptions(revoke), onExit, 'runTokenRevoke')
}

function run(command: Command, onExit: OnExit, name: 'runTokenCreate' | 'runTokenList' | 'runTokenRevoke'): void {
  command.action(async () => {
    const commands = await import('../commands/daemon-access.ts')
    onExit(await commands[name](command.args[0] ?? '', command.opts<TokenFlags>()))
  })
}
