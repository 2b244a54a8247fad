import { describe, expect, it } from 'vitest'
import { runCli } from './cli-process.ts'

const cwd = process.cwd()

describe('help and usage', () => {
  it.each(['add', 'seed', 'create', 'info', 'verify', 'tracker'])('ccbt %s --help', async (name) => {
    const { code, stdout, stderr } = await runCli([name, '--help'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^Usage: ccbt ${name} `))
    expect(stdout).toContain('Examples:')
    expect(await runCli(['help', name], { cwd })).toMatchObject({ code: 0, stdout })
  })

  it('ccbt --help lists the commands and the exit codes', async () => {
    const { code, stdout } = await runCli(['--help'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain('Exit status:')
    expect(stdout).toMatch(/\badd\b[^]*\bseed\b[^]*\bcreate\b[^]*\binfo\b[^]*\bverify\b[^]*\btracker\b/)
  })

  it('ccbt --version', async () => {
    const { code, stdout } = await runCli(['--version'], { cwd })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it('no command prints the help to stderr', async () => {
    const { code, stdout, stderr } = await runCli([], { cwd })
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain('Usage: ccbt')
  })

  it.each([
    [['frobnicate'], /^ccbt: unknown command 'frobnicate'/],
    [['ad'], /Did you mean add/],
    [['add'], /^ccbt: missing required argument 'torrent' \(see: ccbt add --help\)$/m],
    [['add', 'x.torrent', '--selct', '1'], /unknown option '--selct' \(Did you mean --select\?\)/],
    [['add', 'x.torrent', '--port', 'many'], /--port.*Ports are 0 to 65535/],
    [['create', 'x', '--piece-size', '1M'], /power of two/],
  ])('ccbt %j is refused in one line', async (args, pattern) => {
    const { code, stdout, stderr } = await runCli(args, { cwd })
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toMatch(pattern)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('with --json the refusal is an object too', async () => {
    const { code, stdout } = await runCli(['add', '--json'], { cwd })
    expect(code).toBe(64)
    expect(JSON.parse(stdout)).toMatchObject({ event: 'error', code: 'CLI_USAGE' })
  })
})
