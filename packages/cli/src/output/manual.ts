// The manual page, made of the commands (man(7)).

import type { Command } from 'commander'
import { commandTree, optionsOf } from '../definitions/command-tree.ts'
import type { CommandNode } from '../definitions/command-tree.ts'
import { EXIT_CODES } from '../exit-codes.ts'

/** The page `ccbt(1)`. */
export function manualPage(program: Command): string {
  const [root, ...nodes] = commandTree(program)
  return [
    '.\\" Made by `ccbt man`.',
    `.TH CCBT 1 "" "ccbt ${program.version() ?? ''}" "User Commands"`,
    '.SH NAME',
    'ccbt \\- a fast BitTorrent client for the terminal',
    '.SH SYNOPSIS',
    '.B ccbt',
    '.I command',
    '[options] [arguments]',
    '.SH OPTIONS',
    ...(root === undefined ? [] : optionLines(root.command)),
    '.SH COMMANDS',
    ...nodes.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...Object.values(EXIT_CODES).flatMap(({ code, meaning }) => ['.TP', `.B ${code}`, escaped(meaning)]),
    '.SH FILES',
    ...FILES.flatMap(([path, meaning]) => ['.TP', `.I ${escaped(path)}`, escaped(meaning)]),
    '',
  ].join('\n')
}

const FILES = [
  ['$XDG_CONFIG_HOME/ccbt/config.toml', 'settings of the user; ~/.config where the variable is not set'],
  ['/etc/ccbt/config.toml', 'settings of the system'],
  ['$XDG_STATE_HOME/ccbt', "resume records, locks, and the daemon's torrents; ~/.local/state where it is not set"],
] as const

function commandLines({ name, command }: CommandNode): string[] {
  const usage = command.commands.length > 0 ? '<command>' : command.usage()
  return [
    `.SS ccbt ${escaped(name)} ${escaped(usage)}`,
    escaped(command.description()),
    ...(command.commands.length > 0 ? [] : optionLines(command)),
  ]
}

function optionLines(command: Command): string[] {
  return optionsOf(command).flatMap(({ flags, description }) => ['.TP', `.B ${escaped(flags)}`, escaped(description)])
}

/** Text in which roff sees no command. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replaceAll(/^(?=[.'])/gm, String.raw`\&`)
}
