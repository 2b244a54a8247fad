import { bug, CcbtError } from '@ccbt/primitives'
import { describe, expect, it } from 'vitest'
import { inputError, usageError } from '../src/errors.ts'
import { EXIT_CODES, exitNameOf, signalExitCode } from '../src/exit-codes.ts'
import { describeFailure } from '../src/fail.ts'

describe('exit codes', () => {
  it('are all different', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('keep the released numbers', () => {
    const numbers = Object.fromEntries(Object.entries(EXIT_CODES).map(([name, { code }]) => [name, code]))
    expect(numbers).toMatchObject({ ok: 0, timeout: 2, notFound: 3, network: 6, unfinished: 7, noSpace: 9 })
    expect(numbers).toMatchObject({ duplicate: 11, exists: 13, badTorrent: 26, badMagnet: 27, checksum: 32, usage: 64 })
    expect(numbers).toMatchObject({ bug: 70, interrupted: 130, terminated: 143 })
  })

  it.each([
    [usageError('--x', 'x'), 'usage'],
    [inputError('CLI_FILE_EXISTS', 'x', { path: 'x' }), 'exists'],
    [inputError('CLI_FETCH_TIMEOUT', 'x', { host: 'x' }), 'timeout'],
    [inputError('CLI_FETCH_FAILED', 'x', { host: 'x' }), 'network'],
    [inputError('CLI_MAGNET_UNSUPPORTED', 'x', {}), 'badMagnet'],
    [new CcbtError('ABORTED', 'x', { blame: 'input', context: {} }), 'unfinished'],
    [bug('x'), 'bug'],
    [new TypeError('x'), 'bug'],
    [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'noSpace'],
    [Object.assign(new Error('x'), { code: 'ERR_SOMETHING' }), 'bug'],
    ['thrown text', 'bug'],
  ] as const)('%o ends with %s', (error, name) => {
    expect(exitNameOf(error)).toBe(name)
  })

  it('signals are 128 + n', () => {
    expect([signalExitCode('SIGINT'), signalExitCode('SIGTERM'), signalExitCode('SIGHUP')]).toEqual([130, 143, 129])
  })
})

describe('describeFailure', () => {
  it('tells our own errors as they are', () => {
    const failure = describeFailure(inputError('CLI_FILE_NOT_FOUND', 'a.torrent: no such file', { path: 'a.torrent' }))
    expect(failure).toEqual({ code: 'CLI_FILE_NOT_FOUND', message: 'a.torrent: no such file', exitCode: 3 })
  })

  it("says what the system's errors mean", () => {
    const error = Object.assign(new Error('listen EADDRINUSE: 127.0.0.1:80'), { code: 'EADDRINUSE' })
    expect(describeFailure(error).message).toBe(
      'the port is in use; choose another one (listen EADDRINUSE: 127.0.0.1:80)',
    )
  })

  it('tells the first failure when closing fails too', () => {
    const first = inputError('CLI_NO_SPACE', 'disk full', { path: 'x' })
    const failed = new SuppressedError(new Error('second'), new SuppressedError(new Error('third'), first))
    expect(describeFailure(failed)).toMatchObject({ code: 'CLI_NO_SPACE', message: 'disk full', exitCode: 9 })
  })

  it('admits a bug', () => {
    expect(describeFailure(new TypeError('x is not a function'))).toMatchObject({ code: 'INTERNAL_BUG', exitCode: 70 })
  })
})
