// The commands about published folders. Each one's code is loaded only when it runs.

import { InvalidArgumentError, Option } from 'commander'
import type { Command } from 'commander'
import { parseWhole } from '@ccbt/config/units'
import { collect } from './argument-parsers.ts'
import type { FollowFlags } from '../commands/follow.ts'
import type { PublishFlags } from '../commands/publish.ts'
import type { RollbackFlags } from '../commands/rollback.ts'
import { addClientOptions } from './client-options.ts'
import type { ClientFlags } from './client-options.ts'
import { addConfigOptions, givenFlags, typedFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'
import { addNetworkOptions, addOutputOptions } from './transfer-options.ts'

const STATE_DIR = ['--state-dir <dir>', 'keys, resume records and locks (default: as for add)'] as const
const FOREGROUND = ['--foreground', 'do it here, whether a daemon runs or not'] as const
const MAX_VERSION = Number.MAX_SAFE_INTEGER

/** `ccbt publish`, `ccbt follow`, `ccbt rollback` and `ccbt publications`. */
export function definePublishing(program: Command, onExit: OnExit): void {
  definePublish(program, onExit)
  defineFollow(program, onExit)
  defineRollback(program, onExit)
  definePublications(program, onExit)
}

function definePublish(program: Command, onExit: OnExit): void {
  const command = program
    .command('publish')
    .summary('let others follow a folder')
    .description(
      'Publish a folder as it is, print the link to follow it by, and serve it: a running daemon does, else it is done here until Ctrl-C.',
    )
    .argument('<dir>', 'the folder')
    .requiredOption('--key <name>', 'the key that signs its versions; made when there is none of this name')
    .option('--salt <text>', 'tells what is published with one key apart, and is part of the link (default: none)')
    .addOption(new Option('--watch', 'publish a new version whenever something in it has changed'))
    .addOption(new Option('--once', 'end when it is announced, and serve nothing').conflicts('watch'))
    .option('--exclude <pattern>', 'leave these files out; repeatable', collect)
    .option(...FOREGROUND)
    .option(...STATE_DIR)
  addNetworkOptions(addConfigOptions(command))
  addOutputOptions(command)
    .addHelpText('after', examples('ccbt publish ~/site --key site', 'ccbt publish ~/site --key site --watch'))
    .action(async (folder: string) => {
      const { runPublish } = await import('../commands/publish.ts')
      const { key } = command.opts<PublishFlags>()
      onExit(await runPublish(folder, { ...givenFlags<PublishFlags>(command), key }, typedFlags(command)))
    })
}

function defineFollow(program: Command, onExit: OnExit): void {
  const command = program
    .command('follow')
    .summary('keep a copy of a published folder')
    .description(
      'Fetch the newest version of a published folder, and each new one, and serve it: a running daemon does, else it is done here until Ctrl-C.',
    )
    .argument('<link>', 'as publish prints it: magnet:?xs=urn:btpk:...')
    .requiredOption('-o, --output <dir>', 'the copy: becomes a symbolic link to the newest version')
    .option('--keep <n>', 'old versions that are kept for rollback (default: 2)', count)
    .option('--max-removed <n>', 'hold versions that remove more files than this (default: 100)', count)
    .option('--accept <version>', 'take this version whatever it removes', count)
    .option('--once', 'end when the newest version is there')
    .option(...FOREGROUND)
    .option(...STATE_DIR)
  addNetworkOptions(addConfigOptions(command))
  addOutputOptions(command)
    .addHelpText('after', examples("ccbt follow 'magnet:?xs=urn:btpk:...' -o site", 'ccbt rollback site'))
    .action(async (link: string) => {
      const { runFollow } = await import('../commands/follow.ts')
      const { output } = command.opts<FollowFlags>()
      onExit(await runFollow(link, { ...givenFlags<FollowFlags>(command), output }, typedFlags(command)))
    })
}

function defineRollback(program: Command, onExit: OnExit): void {
  const command = program
    .command('rollback')
    .summary('go back to an older version of a followed folder')
    .description('Put an older version of a followed folder in its place; it stays until a newer one is published.')
    .argument('<dir>', 'the folder that follow keeps')
    .option('--to <version>', 'which one (default: the one before)', count)
  addOutputOptions(command)
    .addHelpText('after', examples('ccbt rollback site', 'ccbt rollback site --to 7'))
    .action(async (folder: string, flags: RollbackFlags) => {
      const { runRollback } = await import('../commands/rollback.ts')
      onExit(await runRollback(folder, flags))
    })
}

function definePublications(program: Command, onExit: OnExit): void {
  const publications = program
    .command('publications')
    .summary('see what the daemon publishes and follows')
    .description('The folders that the daemon publishes and follows. They are added by publish and follow.')
    .addHelpText('after', examples('ccbt publications list', 'ccbt publications remove 3'))
  const list = addClientOptions(publications.command('list'))
    .summary('print them')
    .description('Print them, with their links and news.')
  list.addHelpText('after', examples('ccbt publications list --json')).action(async () => {
    const { runPublicationsList } = await import('../commands/publications.ts')
    onExit(await runPublicationsList(givenFlags<ClientFlags>(list)))
  })
  const remove = addClientOptions(publications.command('remove'))
    .summary('end one of them')
    .description('End one of them. The folder stays as it is.')
  remove
    .argument('<publication>', 'its number or folder')
    .addHelpText('after', examples('ccbt publications remove 3', 'ccbt publications remove ~/site'))
    .action(async (publication: string) => {
      const { runPublicationsRemove } = await import('../commands/publications.ts')
      onExit(await runPublicationsRemove(publication, givenFlags<ClientFlags>(remove)))
    })
}

function count(text: string): number {
  const number = parseWhole(text, 0, MAX_VERSION)
  if (number === undefined) throw new InvalidArgumentError('Give a whole number.')
  return number
}
