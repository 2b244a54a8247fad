// Completion scripts for shells, made of the commands: nothing has to run while the user types.

import type { Command, Option } from 'commander'
import { choicesOf, commandTree, optionsOf, takesValue } from '../definitions/command-tree.ts'
import type { CommandNode } from '../definitions/command-tree.ts'

/** The shells that there are scripts for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number]

/** The script for a shell. */
export function completionScript(shell: Shell, program: Command): string {
  return SCRIPTS[shell](commandTree(program))
}

const SCRIPTS: Readonly<Record<Shell, (nodes: readonly CommandNode[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

function words(nodes: readonly CommandNode[], { name, command }: CommandNode): { commands: string[]; flags: string[] } {
  const commands = nodes
    .filter((node) => node.name !== '' && parentOf(node.name) === name)
    .map((node) => lastOf(node.name))
  const flags = optionsOf(command).flatMap(({ long, short }) => [long, short].filter((flag) => flag !== undefined))
  return { commands, flags }
}

function parentOf(name: string): string {
  return name.split(' ').slice(0, -1).join(' ')
}

function lastOf(name: string): string {
  return name.split(' ').at(-1) ?? ''
}

function valueOptions(nodes: readonly CommandNode[]): Option[] {
  return nodes.flatMap(({ command }) => optionsOf(command)).filter(takesValue)
}

function bashScript(nodes: readonly CommandNode[]): string {
  const cases = nodes.map((node) => {
    const { commands, flags } = words(nodes, node)
    return `    '${node.name}') commands='${commands.join(' ')}' flags='${flags.join(' ')}' ;;`
  })
  const withValue = new Set(
    valueOptions(nodes).flatMap(({ long, short }) => [long, short].filter((flag) => flag !== undefined)),
  )
  const choices = nodes.flatMap(({ name, command }) =>
    optionsOf(command)
      .filter((option) => choicesOf(option).length > 0)
      .map(
        (option) =>
          `    '${name} ${option.long}') COMPREPLY=($(compgen -W '${choicesOf(option).join(' ')}' -- "$word")); return ;;`,
      ),
  )
  return [
    '# Completion of ccbt for bash: made by `ccbt completion bash`.',
    '_ccbt() {',
    '  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path= commands flags i',
    '  for ((i = 1; i < COMP_CWORD; i++)); do',
    `    case "$path \${COMP_WORDS[i]}" in`,
    ...nodes.filter(({ name }) => name !== '').map(({ name }) => `      ' ${name}'|'${name}') path='${name}' ;;`),
    '    esac',
    '  done',
    '  case "$path $previous" in',
    ...choices,
    '  esac',
    '  case "$previous" in',
    `    ${[...withValue].join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;`,
    '  esac',
    '  case "$path" in',
    ...cases,
    '  esac',
    '  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word"))',
    '  elif [[ -n $commands ]]; then COMPREPLY=($(compgen -W "$commands" -- "$word"))',
    '  else COMPREPLY=($(compgen -f -- "$word")); fi',
    '}',
    'complete -o filenames -F _ccbt ccbt',
    '',
  ].join('\n')
}

function zshScript(nodes: readonly CommandNode[]): string {
  const functions = nodes.map((node) => {
    const children = nodes.filter(({ name }) => name !== '' && parentOf(name) === node.name)
    const options = optionsOf(node.command).flatMap(zshOption)
    const own = `_ccbt${node.name === '' ? '' : `_${node.name.replaceAll(/[ -]/g, '_')}`}`
    if (children.length === 0)
      return [`${own}() {`, `  _arguments ${[...options, "'*:file:_files'"].join(' \\\n    ')}`, '}'].join('\n')
    const listed = children.map(({ name, command }) => `    ${quoted(`${lastOf(name)}:${command.summary()}`)}`)
    const branches = children.map(({ name }) => `      ${lastOf(name)}) _ccbt_${name.replaceAll(/[ -]/g, '_')} ;;`)
    return [
      `${own}() {`,
      '  local context state line',
      '  local -a commands=(',
      ...listed,
      '  )',
      `  _arguments -C ${[...options, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}`,
      '  case $state in',
      "    command) _describe 'command' commands ;;",
      '    rest) case $line[1] in',
      ...branches,
      '    esac ;;',
      '  esac',
      '}',
    ].join('\n')
  })
  return [
    '#compdef ccbt',
    '# Completion of ccbt for zsh: made by `ccbt completion zsh`.',
    ...functions,
    'compdef _ccbt ccbt',
    '',
  ].join('\n')
}

function zshOption(option: Option): string[] {
  const text = option.description.replaceAll(/[[\]:]/g, String.raw`\$&`)
  const choices = choicesOf(option)
  const action = choices.length > 0 ? `:value:(${choices.join(' ')})` : takesValue(option) ? ':value:_files' : ''
  const flags = [option.short, option.long].filter((flag) => flag !== undefined)
  return flags.map((flag) => quoted(`*${flag}[${text}]${action}`))
}

function fishScript(nodes: readonly CommandNode[]): string {
  const lines = nodes.flatMap((node) => {
    const { commands } = words(nodes, node)
    const at = node.name === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${lastOf(node.name)}`
    const children = nodes.filter(({ name }) => name !== '' && parentOf(name) === node.name)
    return [
      ...children.map(({ name, command }) => {
        const isFirst = node.name === '' ? at : `${at}; and not __fish_seen_subcommand_from ${commands.join(' ')}`
        return `complete -c ccbt -f -n ${quoted(isFirst)} -a ${lastOf(name)} -d ${quoted(command.summary())}`
      }),
      ...optionsOf(node.command).map((option) => fishOption(option, at)),
    ]
  })
  return ['# Completion of ccbt for fish: made by `ccbt completion fish`.', ...lines, ''].join('\n')
}

function fishOption(option: Option, at: string): string {
  const short = option.short === undefined ? '' : ` -s ${option.short.slice(1)}`
  const long = option.long === undefined ? '' : ` -l ${option.long.slice(2)}`
  const choices = choicesOf(option)
  const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takesValue(option) ? ' -r' : ''
  return `complete -c ccbt -n ${quoted(at)}${short}${long}${value} -d ${quoted(option.description)}`
}

/** One word for any of the shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
