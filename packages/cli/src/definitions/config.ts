// `ccbt config` and its commands, with their arguments, options and help. Their code is loaded only when one runs.

import type { Command } from 'commander'
import type * as commandsModule from '../commands/config.ts'
import type { ConfigCommandFlags } from '../commands/config.ts'
import { addClientOptions } from './client-options.ts'
import type { ClientFlags } from './client-options.ts'
import { addConfigOptions, givenFlags } from './config-options.ts'
import type { OnExit } from './transfers.ts'
import { examples } from './examples.ts'

/** `ccbt config`. */
export function defineConfig(program: Command, onExit: OnExit): void {
  const config = program
    .command('config')
    .summary('look at settings, change and check them')
    .description('Settings come from TOML files, the environment and flags. No file of yours is ever changed.')
    .addHelpText(
      'after',
      examples('ccbt config init', 'ccbt config show --effective', 'ccbt config explain debian.torrent'),
    )
  for (const define of [
    defineInit,
    defineCheck,
    defineShow,
    defineGet,
    defineSet,
    defineExplain,
    defineReload,
    defineDocs,
  ]) {
    define(config, onExit)
  }
}

type Commands = typeof commandsModule

/** Runs what `choose` picks, with the flags that were given. */
function run(
  command: Command,
  onExit: OnExit,
  choose: (commands: Commands, flags: ConfigCommandFlags, words: readonly string[]) => Promise<number> | number,
): void {
  command.action(async () => {
    const commands = await import('../commands/config.ts')
    onExit(await choose(commands, givenFlags<ConfigCommandFlags>(command), command.args))
  })
}

function addLayerOptions(command: Command): Command {
  return addConfigOptions(command).option('--state-dir <dir>', 'where changes at run time are kept')
}

function defineInit(config: Command, onExit: OnExit): void {
  const command = config
    .command('init')
    .summary('write a file to begin with')
    .description('Write a file with every setting as a remark. A file that is already there stays as it is.')
    .option('-o, --output <file>', 'the file to write (default: $XDG_CONFIG_HOME/ccbt/config.toml)')
    .addHelpText('after', examples('ccbt config init', 'ccbt config init -o ./ccbt.toml'))
  run(command, onExit, (commands, flags) => commands.runConfigInit(flags))
}

function defineCheck(config: Command, onExit: OnExit): void {
  const command = config
    .command('check')
    .summary('say what is wrong')
    .description("Read every file, torrents' own files too, and name everything that cannot be used.")
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt config check', 'ccbt config check --config ./ccbt.toml'))
  addLayerOptions(command)
  run(command, onExit, (commands, flags) => commands.runConfigCheck(flags))
}

function defineShow(config: Command, onExit: OnExit): void {
  const command = config
    .command('show')
    .summary('print settings and where they come from')
    .description('Print what is set, and where.')
    .option('--effective', 'every setting, with defaults')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt config show', 'ccbt config show --effective --profile night'))
  addLayerOptions(command)
  run(command, onExit, (commands, flags) => commands.runConfigShow(flags))
}

function defineGet(config: Command, onExit: OnExit): void {
  const command = config
    .command('get')
    .summary('print one setting')
    .description('Print the effective value of a setting; nothing when it is not set.')
    .argument('<section.key>', 'the setting')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt config get limits.download'))
  addLayerOptions(command)
  run(command, onExit, (commands, flags, [key = '']) => commands.runConfigGet(key, flags))
}

function defineSet(config: Command, onExit: OnExit): void {
  const command = config
    .command('set')
    .summary('change a setting at run time')
    .description('Keep a setting beside the state. It counts more than the files for all torrents together.')
    .argument('<section.key>', 'the setting')
    .argument('[value]', 'its value; lists with commas')
    .option('--unset', 'take an earlier change back')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt config set limits.download 5M', 'ccbt config set limits.download --unset'))
  addLayerOptions(command)
  run(command, onExit, (commands, flags, [key = '', value]) => commands.runConfigSet(key, value, flags))
}

function defineExplain(config: Command, onExit: OnExit): void {
  const command = config
    .command('explain')
    .summary('say what counts for a torrent')
    .description('Print each setting of a torrent, where it comes from and which rules the torrent fits.')
    .argument('<torrent>', 'a torrent file, its http(s) address, a magnet link, or a torrent of the daemon')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples('ccbt config explain debian.torrent', 'ccbt config explain debian'))
  addLayerOptions(command)
  run(command, onExit, (commands, flags, [torrent = '']) => commands.runConfigExplain(torrent, flags))
}

function defineReload(config: Command, onExit: OnExit): void {
  const command = config
    .command('reload')
    .summary('let the daemon read its files again')
    .description('Let the running daemon read its configuration again, and print what has changed.')
  addClientOptions(command)
    .addHelpText('after', examples('ccbt config reload'))
    .action(async () => {
      const { runConfigReload } = await import('../commands/config-reload.ts')
      onExit(await runConfigReload(givenFlags<ClientFlags>(command)))
    })
}

function defineDocs(config: Command, onExit: OnExit): void {
  const command = config
    .command('docs')
    .summary('print the reference of all settings')
    .description('Print every setting with its type, bounds, default and meaning, as Markdown.')
    .option('--json', 'as a JSON schema, for editors')
    .addHelpText('after', examples('ccbt config docs | less', 'ccbt config docs --json > ccbt.schema.json'))
  run(command, onExit, (commands, flags) => commands.runConfigDocs(flags))
}
