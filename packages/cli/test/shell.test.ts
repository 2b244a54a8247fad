import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { commandTree } from '../src/definitions/command-tree.ts'
import { completionScript, SHELLS } from '../src/output/completion.ts'
import { manualPage } from '../src/output/manual.ts'
import { createProgram } from '../src/program.ts'

const program = createProgram(() => {})

function share(path: string): string {
  return fileURLToPath(new URL(`../share/${path}`, import.meta.url))
}

/** What bash offers after these words. */
function offered(...words: readonly string[]): string[] {
  const script =
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ccbt; printf "%s\\n" "${COMPREPLY[@]}"'
  const output = execFileSync('bash', ['-c', script, 'bash', share('completions/ccbt.bash'), ...words], {
    encoding: 'utf8',
  })
  return output.split('\n').filter((line) => line !== '')
}

describe('what is shipped for shells', () => {
  it.each(SHELLS)('is current for %s: ccbt completion', (shell) => {
    expect(readFileSync(share(`completions/ccbt.${shell}`), 'utf8')).toBe(completionScript(shell, program))
  })

  it('is current as manual page: ccbt man', () => {
    expect(readFileSync(share('man/ccbt.1'), 'utf8')).toBe(manualPage(program))
  })

  it('has every command and option', () => {
    const page = manualPage(program).replaceAll('\\-', '-')
    for (const { name, command } of commandTree(program)) {
      expect(page).toContain(`ccbt ${name}`.trim())
      for (const option of command.options) {
        for (const shell of SHELLS) expect(completionScript(shell, program)).toContain(option.long?.slice(2))
        expect(page).toContain(option.flags)
      }
    }
  })

  it('completes commands, options and choices in bash', () => {
    expect(offered('ccbt', 'dae')).toEqual(['daemon'])
    expect(offered('ccbt', 'daemon', 'st').sort()).toEqual(['start', 'status', 'stop'])
    expect(offered('ccbt', 'daemon', 'token', 'create', '--sc')).toEqual(['--scope'])
    expect(offered('ccbt', 'daemon', 'token', 'create', '--scope', 're')).toEqual(['read'])
    expect(offered('ccbt', 'add', '--prea')).toEqual(['--preallocate'])
  })
})
