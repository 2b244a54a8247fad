// The options of all commands that read the configuration, and what an action gets of a command's options.

import type { Command } from 'commander'
import { collect } from './argument-parsers.ts'

/** The parsed flags that say where settings come from. */
export interface ConfigFlags {
  readonly config?: string
  readonly profile?: string
  readonly set?: readonly string[]
}

/** Adds `--config`, `--profile` and `--set`. */
export function addConfigOptions(command: Command): Command {
  return command
    .optionsGroup('Configuration:')
    .option('--config <file>', 'settings from here (default: $XDG_CONFIG_HOME/ccbt/config.toml)')
    .option('--profile <name>', 'settings of [profiles.NAME] as well')
    .option('--set <section.key=value>', 'a setting, for this run; repeatable', collect)
}

/**
 * The options that were given on the command line or by variables of their own. What was not given is for the
 * configuration to say, so the defaults that commander makes up are left out.
 */
export function givenFlags<T extends object>(command: Command): Partial<T> {
  const options = command.opts<Record<string, unknown>>()
  const given = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) !== 'default')
  // The flags' interface says what the options' parsers make; fewer of them are still the same type.
  return Object.fromEntries(given) as Partial<T>
}

/** Names of the options that stand on the command line itself: variables speak of every run. */
export function typedFlags(command: Command): string[] {
  return Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === 'cli')
}
