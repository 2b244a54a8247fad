// The commands as they are defined, for what is made of them: completions and the manual.

import type { ProgramVerb } from '@ccbt/dashboard'
import type { Command, Option } from 'commander'

/** One command with its full name. */
export interface CommandNode {
  /** `daemon token create`; '' for ccbt itself. */
  readonly name: string
  readonly command: Command
}

/** All commands, each before those below it. */
export function commandTree(program: Command): CommandNode[] {
  return below('', program)
}

function below(name: string, command: Command): CommandNode[] {
  const children = command.commands.flatMap((child) => below(`${name} ${child.name()}`.trim(), child))
  return [{ name, command }, ...children]
}

/** The options of a command that help shows, its `--help` among them. */
export function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

/** The commands and their long options: what is completed where they are typed into the dashboard. */
export function verbsOf(program: Command): ProgramVerb[] {
  return commandTree(program).flatMap(({ name, command }) =>
    name === '' ? [] : [{ name, options: optionsOf(command).flatMap(({ long }) => long ?? []) }],
  )
}

/** What an option's value may be, when there is a choice. */
export function choicesOf(option: Option): readonly string[] {
  return option.argChoices ?? []
}

/** Whether what follows is a value. */
export function takesValue(option: Option): boolean {
  return option.required || option.optional
}
