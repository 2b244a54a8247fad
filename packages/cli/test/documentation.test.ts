import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { EXIT_CODES } from '../src/exit-codes.ts'
import { createProgram } from '../src/program.ts'

const guide = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
const commands = createProgram(() => {}).commands

/** A command and all below it. */
function withCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withCommands)]
}

/** The part of the guide under the heading of a command, and the part that `add` and `seed` share. */
function section(heading: string): string {
  const start = guide.indexOf(`\n## ${heading}\n`)
  if (start < 0) return ''
  const end = guide.indexOf('\n## ', start + 1)
  return guide.slice(start, end < 0 ? undefined : end)
}

const VERBS = "Commands for the daemon's torrents"
/** The commands that share one section, which has a row for each. */
const verbs = commands.filter((command) =>
  new RegExp(`^\\|[^|]*\`ccbt ${command.name()}[ \`]`, 'm').test(section(VERBS)),
)

describe.each(commands.map((command) => [command.name(), command] as const))(
  'docs/cli.md, ccbt %s',
  (name, command) => {
    const shared = ['add', 'seed', 'stream'].includes(name) ? section('Options of `add` and `seed`') : ''
    const isVerb = verbs.includes(command)
    const text = isVerb ? section(VERBS) : section(`\`ccbt ${name}\``) + shared
    const options = withCommands(command).flatMap((one) => one.options)

    it('has every option', () => {
      expect(text).not.toBe('')
      const missing = options.filter((option) => !text.includes(`\`${option.flags}\``))
      expect(missing.map((option) => option.flags)).toEqual([])
    })

    it('has no option that the command does not have', () => {
      const described = isVerb ? verbs.flatMap((verb) => verb.options) : options
      const known = new Set(described.flatMap((option) => [option.long, option.short]))
      const named = text.match(/(?<=[`\s])--?[a-z][a-z\d-]*/g) ?? []
      expect(named.filter((flag) => !known.has(flag))).toEqual([])
    })

    it('help has a description for every option, and examples', () => {
      let help = ''
      command.configureOutput({ writeOut: (part) => (help += part) })
      command.outputHelp()
      expect(help).toContain('Examples:')
      for (const option of options) expect(option.description).not.toBe('')
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
    })
  },
)

describe('docs/cli.md', () => {
  it('has the exit status table of the program', () => {
    const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`)
    const table = section('Exit status').match(/^\| \d+ \|.*$/gm)
    expect(table).toEqual(rows)
  })
})
