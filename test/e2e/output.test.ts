// What programs and people read: JSON lines, plain lines, the progress line, and names that try to deceive.

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CliProcess, NODE_ARGUMENTS, runCli, temporaryFolder } from './cli-process.ts'
import { startSwarm } from './swarm.ts'

/** How other programs recognise the end of a download. */
const END = /"(event|type|state|status)":"(done|complete|completed|finished|seeding)"/

describe('--json', () => {
  it('tells a download from its start to its end', async () => {
    await using swarm = await startSwarm({ files: { 'j.bin': 3_000_000 }, seedArguments: ['--upload-limit', '1M'] })
    const args = ['add', swarm.torrent, '-o', 'out', '--json', ...swarm.peerArguments]
    await using download = new CliProcess(args, { cwd: swarm.folder })
    const { code, stdout, stderr } = await download.ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const events = download.events
    const names = events.map(({ event }) => event)
    expect(names).toEqual(expect.arrayContaining(['listening', 'added', 'checked', 'progress', 'complete']))
    expect(names[0]).toBe('listening')
    expect(names.at(-1)).toBe('complete')

    const lines = stdout.trimEnd().split('\n')
    const firstEnd = lines.findIndex((line) => END.test(line))
    expect(events[firstEnd]).toMatchObject({
      event: 'complete',
      infoHash: expect.stringMatching(/^[0-9a-f]{40}$/),
      bytes: 3_000_000,
      downloaded: 3_000_000,
      seconds: expect.any(Number),
      downloadBps: expect.any(Number),
      wasted: { hashFailed: 0, duplicate: 0, unrequested: 0 },
    })

    const progress = events.filter(({ event }) => event === 'progress')
    const done = progress.map((event) => Number(event['bytesDone']))
    expect(done).toEqual([...done].sort((a, b) => a - b))
    for (const event of progress) {
      expect(event).toMatchObject({ bytes: 3_000_000, peers: expect.any(Number), downloadBps: expect.any(Number) })
    }
  })
})

describe('plain lines', () => {
  it('are used when the output is no terminal, without control characters', async () => {
    await using swarm = await startSwarm({ files: { 'p.bin': 7_000_000 }, seedArguments: ['--upload-limit', '1M'] })
    const args = ['add', swarm.torrent, '-o', 'out', ...swarm.peerArguments]
    const { code, stdout, stderr } = await runCli(args, { cwd: swarm.folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^p\.bin: 7\.00 MB into .*\/out$/m)
    expect(stdout).toMatch(/^\d+\.\d%, down .*\/s, .* left, 1 peer, up 0 B\/s, \d+\/\d+$/m)
    expect(stdout).toMatch(/^p\.bin is complete and verified: 7\.00 MB in /m)
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('--quiet says nothing', async () => {
    await using swarm = await startSwarm({ files: { q: 50_000 } })
    const args = ['add', swarm.torrent, '-o', 'out', '--quiet', ...swarm.peerArguments]
    expect(await runCli(args, { cwd: swarm.folder })).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})

const hasScript = spawnSync('script', ['--version']).status === 0

describe('the progress line', () => {
  it.skipIf(!hasScript)('is drawn on a terminal and leaves the cursor visible (needs script)', async () => {
    await using swarm = await startSwarm({ files: { 't.bin': 3_000_000 }, seedArguments: ['--upload-limit', '1M'] })
    const args = [...NODE_ARGUMENTS, 'add', swarm.torrent, '-o', 'out', ...swarm.peerArguments]
    const command = [process.execPath, ...args].map((word) => `'${word}'`).join(' ')
    const env = { TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' }
    const { code, stdout } = await runCli([], {
      cwd: swarm.folder,
      env,
      command: ['script', '-qec', command, '/dev/null'],
    })
    expect(code).toBe(0)
    expect(stdout).toMatch(/\d+\.\d% .*[━─]/)
    expect(stdout).toContain('t.bin is complete and verified')
    expect(stdout.lastIndexOf('\u001b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\u001b[?25l'))
    expect(stdout.lastIndexOf('\u001b[?25l')).toBeGreaterThan(-1)
  })
})

describe('names from a torrent', () => {
  // ESC, BEL, C1 CSI, a newline and a right-to-left override.
  const name = 'a\u001b[2J\u0007\u009b31m\nb\u202egpj.exe'
  const bytes = Buffer.from(name)
  const torrent = Buffer.concat([
    Buffer.from(`d7:comment${bytes.length}:`),
    bytes,
    Buffer.from(`4:infod6:lengthi5e4:name${bytes.length}:`),
    bytes,
    Buffer.from(`12:piece lengthi16384e6:pieces20:${'a'.repeat(20)}ee`),
  ])

  it.each([['info'], ['info', '--json'], ['verify'], ['verify', '--json']])('ccbt %s %s', async (command, ...flags) => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'evil.torrent'), torrent)
    const { stdout, stderr } = await runCli([command, 'evil.torrent', ...flags], { cwd: folder.path })
    expect(stdout).not.toBe('')
    expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u)
  })

  it('an error about a hostile path is one clean line', async () => {
    const { code, stderr } = await runCli(['info', 'no\u001b[31m\nsuch'], { cwd: process.cwd() })
    expect(code).toBe(3)
    expect(stderr.trimEnd()).not.toMatch(/\p{Cc}/u)
  })
})

describe('a reader that goes away', () => {
  it('ends the program quietly', async () => {
    await using folder = await temporaryFolder()
    const files = Array.from({ length: 20_000 }, (_, n) => `d6:lengthi0e4:pathl6:${String(n).padStart(6, '0')}ee`)
    const info = `d5:filesl${files.join('')}d6:lengthi1e4:pathl1:zeee4:name1:t12:piece lengthi16384e6:pieces20:`
    await writeFile(join(folder.path, 'many.torrent'), `d4:info${info}${'a'.repeat(20)}ee`)
    const command = [process.execPath, ...NODE_ARGUMENTS, 'info', 'many.torrent'].map((word) => `'${word}'`).join(' ')
    const script = `${command} | head -n 1; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await runCli([], { cwd: folder.path, command: ['bash', '-c', script] })
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^name\s+t\n141\n$/)
  })
})
