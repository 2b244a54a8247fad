// The log: what is written, in which form, and what never is.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'

import { LogFile } from '../src/log/log-file.ts'
import { Logger } from '../src/log/logger.ts'
import type { LogOptions } from '../src/log/logger.ts'
import { safeLogText } from '../src/log/safe-text.ts'
import { logEvent } from '../src/log/session-log.ts'
import { Traces } from '../src/log/trace.ts'

function loggerTo(lines: string[], options: LogOptions = {}): Logger {
  return new Logger({ ...options, stream: { write: (text) => lines.push(text) } })
}

describe('a text', () => {
  it.each([
    ['https://tr.example/announce?passkey=0123456789abcdef', 'https://tr.example/announce?***'],
    ['https://tr.example/0123456789abcdef0123456789abcdef/announce', 'https://tr.example/***/announce'],
    ['http://tr.example:80/a/announce.php', 'http://tr.example:80/a/announce.php'],
    ['socks5://ann:geheim@127.0.0.1:1080 is down', 'socks5://***@127.0.0.1:1080 is down'],
    ['udp://a@b:p@tr.example/announce', 'udp://***@tr.example/announce'],
    ['wrong token ccbt_abcdefghijklmnop', 'wrong token ccbt_***'],
    ['authorization: Bearer abc.def-ghi', 'authorization: Bearer ***'],
    ['torrent_pass=abc123&x=1', 'torrent_pass=***&x=1'],
  ])('%s keeps its secrets', (text, expected) => {
    expect(safeLogText(text)).toBe(expected)
  })

  it('never has a control character, nor more than it may', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), (text) => {
        const safe = safeLogText(text)
        expect(safe).not.toMatch(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/u)
        expect(safe.length).toBeLessThan(10_000)
      }),
    )
  })

  it('never has a passkey of a tracker', () => {
    const passkey = fc.stringMatching(/^[0-9a-f]{16,40}$/).filter((key) => /\d/.test(key))
    fc.assert(
      fc.property(passkey, fc.constantFrom('/K/announce', '/announce?passkey=K', '/x?a=1&k=K', '/a/K'), (key, path) => {
        expect(safeLogText(`https://t.example${path.replace('K', key)}: refused`)).not.toContain(key)
      }),
    )
  })
})

describe('a line', () => {
  it('is one line whatever is in it', () => {
    const lines: string[] = []
    loggerTo(lines).log({ level: 'warning', area: 'torrent', text: 'a\n2026 error forged', infoHash: 'ab'.repeat(20) })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\S+Z warning torrent abababab: a.*forged\n$/)
    expect(lines[0]?.split('\n')).toHaveLength(2)
  })

  it('is an object for programs', () => {
    const lines: string[] = []
    loggerTo(lines, { format: 'json' }).log({ level: 'error', area: 'disk', text: '"quoted"' })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', area: 'disk', text: '"quoted"' })
  })

  it('has the priority that journald wants', () => {
    const lines: string[] = []
    loggerTo(lines, { isJournal: true }).log({ level: 'error', area: 'disk', text: 'gone' })
    expect(lines).toEqual(['<3>disk: gone\n'])
  })
})

describe('levels', () => {
  it('hold for all areas but those that have their own, and can change', async () => {
    const lines: string[] = []
    const logger = loggerTo(lines, { level: 'warning', areas: ['peer=debug', 'disk=error', 'nonsense'] })
    const tell = (area: string, level: 'debug' | 'info' | 'warning'): void => logger.log({ area, level, text: 'x' })
    tell('peer', 'debug')
    tell('disk', 'warning')
    tell('torrent', 'info')
    tell('torrent', 'warning')
    expect(lines.map((line) => line.split(' ')[2])).toEqual(['peer:', 'torrent:'])
    await logger.follow({ level: 'debug' })
    tell('torrent', 'debug')
    expect(lines).toHaveLength(3)
  })
})

describe('a logger that began without a stream', () => {
  it("never writes to one: the terminal is somebody else's", async () => {
    const lines: string[] = []
    const logger = new Logger({ level: 'info' })
    await logger.follow({ level: 'debug', stream: { write: (text) => lines.push(text) } })
    logger.log({ area: 'torrent', level: 'warning', text: 'x' })
    expect(lines).toEqual([])
    expect(logger.book.since(0).lines).toHaveLength(1)
  })
})

describe('a trace', () => {
  const address = '192.0.2.7:6881'
  const infoHash = 'abcdef0123'.repeat(4)
  const happens = (logger: Logger): void =>
    logEvent(logger, { type: 'peer-disconnected', infoHash, address, reason: 'silent' })

  it.each([
    [{ peer: '192.0.2.7' }, 1],
    [{ peer: address }, 1],
    [{ peer: '192.0.2.8' }, 0],
    [{ peer: '192.0.2.7:6882' }, 0],
    [{ infoHash: 'abcdef01' }, 1],
    [{ infoHash: 'bbcdef01' }, 0],
    [{ peer: '192.0.2.7', infoHash: 'bbcdef01' }, 0],
  ])('of %j shows %d lines that are not shown otherwise', (filter, count) => {
    const logger = new Logger()
    happens(logger)
    expect(logger.book.since(0).lines).toEqual([])
    logger.traces.start(filter, 1000)
    happens(logger)
    expect(logger.book.since(0).lines).toHaveLength(count)
  })

  it('ends by itself, and there are not many', () => {
    let now = 0
    const traces = new Traces(() => now)
    traces.start({ peer: 'a' }, 1000)
    now = 999
    expect(traces.covers('a:1', '')).toBe(true)
    now = 1001
    expect(traces.covers('a:1', '')).toBe(false)
    for (let i = 0; i < 100; i++) traces.start({ peer: `p${i}` }, 1000 + i)
    const covered = Array.from({ length: 100 }, (_, i) => traces.covers(`p${i}:1`, '')).filter(Boolean)
    expect(covered).toHaveLength(20)
  })
})

describe('a file', () => {
  it('is renamed when it is full, and no more are kept than wanted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccbt-log-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'deep', 'ccbt.log')
    for (let i = 0; i < 6; i++) {
      const log = new LogFile({ path, maxSize: 30, keep: 2 })
      log.write(`line ${i} ${'x'.repeat(20)}`)
      await log[Symbol.asyncDispose]()
    }
    const numbers = (name: string): string => readFileSync(join(folder, 'deep', name), 'utf8').slice(0, 6)
    expect(readdirSync(join(folder, 'deep')).sort()).toEqual(['ccbt.log', 'ccbt.log.1', 'ccbt.log.2'])
    expect(['ccbt.log', 'ccbt.log.1', 'ccbt.log.2'].map(numbers)).toEqual(['line 5', 'line 4', 'line 3'])
  })

  it('says that lines are missing rather than let them pile up', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccbt-log-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'ccbt.log')
    const log = new LogFile({ path, maxSize: 1e9, keep: 1 })
    for (let i = 0; i < 3000; i++) log.write('x'.repeat(1000))
    await log[Symbol.asyncDispose]()
    const text = readFileSync(path, 'utf8')
    expect(text.length).toBeLessThan(1_200_000)
    expect(text).toMatch(/\d+ lines are missing here\n$/)
  })

  it('can become another one, or none, and each has what was said at its time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ccbt-log-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const lines: string[] = []
    const logger = loggerTo(lines)
    const say = (text: string): void => logger.log({ level: 'info', area: 'disk', text })
    const file = (name: string): LogOptions => ({ file: { path: join(folder, name), maxSize: 1e6, keep: 1 } })
    say('one')
    await logger.follow(file('a'))
    say('two')
    await logger.follow({ ...file('b'), format: 'json' })
    say('three')
    await logger.follow({})
    say('four')
    expect(lines.map((line) => line.trim().split(' ').at(-1))).toEqual(['one', 'four'])
    expect(readFileSync(join(folder, 'a'), 'utf8')).toMatch(/^\S+ info disk: two\n$/)
    expect(JSON.parse(readFileSync(join(folder, 'b'), 'utf8'))).toMatchObject({ text: 'three' })
  })

  it('that cannot be written costs nothing', async () => {
    const log = new LogFile({ path: '/dev/null/ccbt.log', maxSize: 100, keep: 1 })
    log.write('x')
    await log[Symbol.asyncDispose]()
  })
})
