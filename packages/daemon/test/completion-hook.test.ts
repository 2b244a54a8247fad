// Programs for complete downloads: real processes.

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import type { EngineTorrent } from '../src/engine/engine-torrent.ts'
import { CompletionHook } from '../src/hooks/completion-hook.ts'
import { torrentVariables } from '../src/hooks/torrent-variables.ts'
import { openDatabase } from '../src/state/database.ts'
import { SettingTable } from '../src/state/setting-table.ts'
import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

const NASTY = '$(touch pwned) `id` "x" \'y\'; rm -rf ~ & \n-rf'

interface Hooked {
  readonly folder: string
  readonly torrent: EngineTorrent
  readonly notes: AutomationNote[]
  readonly settings: SettingTable
  readonly begin: (timeoutMs?: number) => CompletionHook
}

/** A hook whose program is a shell script in a folder of its own. */
async function hooked(script: string): Promise<Hooked> {
  const folder = temporaryFolder()
  const program = join(folder, 'program')
  writeFileSync(program, `#!/bin/sh\ncd "${folder}"\n${script}\n`)
  chmodSync(program, 0o755)
  const engine = await startEngine()
  const source = { kind: 'torrent-file', bytes: torrentFile(NASTY) } as const
  const { torrent } = await engine.add({ source, settings: { isPaused: true, labels: ['a', 'b'] } })
  const database = openDatabase(temporaryFolder())
  onTestFinished(() => database.close())
  const settings = new SettingTable(database)
  const notes: AutomationNote[] = []
  const begin = (timeoutMs = 10_000): CompletionHook => {
    const hook = new CompletionHook({
      program: { command: [program, '$CCBT_TORRENT_NAME', '*'], timeoutMs },
      settings,
      torrent: (id) => engine.byId(id),
      report: (note) => notes.push(note),
    })
    onTestFinished(() => hook[Symbol.asyncDispose]())
    return hook
  }
  return { folder, torrent, notes, settings, begin }
}

describe('the program for complete downloads', () => {
  it('gets its arguments as they are written, and everything else in variables', async () => {
    const { folder, torrent, begin, notes, settings } = await hooked(
      'printf "%s\\n" "$@" > arguments; printf "%s" "$CCBT_TORRENT_NAME" > name; env > variables',
    )
    begin().completed(torrent)
    await vi.waitFor(() => expect(notes.map(({ level }) => level)).toEqual(['info']), PATIENCE)
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('$CCBT_TORRENT_NAME\n*\n')
    expect(readFileSync(join(folder, 'name'), 'utf8')).toBe(torrent.name)
    expect(torrent.name).toContain('$(touch pwned)')
    expect(existsSync(join(folder, 'pwned'))).toBe(false)
    const variables = readFileSync(join(folder, 'variables'), 'utf8')
    expect(variables).toContain(`TR_TORRENT_HASH=${torrent.infoHash}\n`)
    expect(variables).toContain('CCBT_TORRENT_LABELS=a,b\n')
    expect(settings.read('completions')).toEqual([])
  })

  it('is told of when it fails, with the last that it said', async () => {
    const { torrent, begin, notes } = await hooked('echo first >&2; echo "no such thing" >&2; exit 3')
    begin().completed(torrent)
    await vi.waitFor(() => expect(notes).toHaveLength(1), PATIENCE)
    expect(notes[0]).toMatchObject({ level: 'error', infoHash: torrent.infoHash })
    expect(notes[0]?.text).toContain('it ended with 3: no such thing')
  })

  it('is ended with what it started when it takes too long', async () => {
    const { folder, torrent, begin, notes } = await hooked('trap "" TERM; sleep 60 & echo $! > child; wait; sleep 60')
    begin(2000).completed(torrent)
    await vi.waitFor(() => expect(notes[0]?.text).toContain('longer than 2 s'), PATIENCE)
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'))
    await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow('ESRCH'), PATIENCE)
  })

  it('runs again after a stop in the middle, and not after it has ended', async () => {
    const { folder, torrent, begin, settings } = await hooked(
      'echo run >> runs; test -e again || { touch again; sleep 60; }',
    )
    const first = begin()
    first.completed(torrent)
    await vi.waitFor(() => expect(existsSync(join(folder, 'again'))).toBe(true), PATIENCE)
    await first[Symbol.asyncDispose]()
    expect(settings.read('completions')).toEqual([torrent.id])
    const second = begin()
    await vi.waitFor(() => expect(settings.read('completions')).toEqual([]), PATIENCE)
    await second[Symbol.asyncDispose]()
    const third = begin()
    await third[Symbol.asyncDispose]()
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\nrun\n')
  })

  it('is left out for a torrent that is gone, and when there is no such program', async () => {
    const { torrent, notes, settings } = await hooked('true')
    settings.write('completions', [99_999, torrent.id])
    const parts = { settings, report: (note: AutomationNote) => notes.push(note) }
    await using _ = new CompletionHook({
      ...parts,
      program: { command: ['/nonexistent/program'], timeoutMs: 1000 },
      torrent: (id) => (id === torrent.id ? torrent : undefined),
    })
    await vi.waitFor(() => expect(settings.read('completions')).toEqual([]), PATIENCE)
    expect(notes.map(({ text }) => text)).toEqual([expect.stringContaining('ENOENT')])
  })

  it('gets none of our secrets', async () => {
    const { torrent } = await hooked('true')
    const environment = { PATH: '/bin', CCBT_PROXY__URL: 'socks5://a:b@c:1', NODE_OPTIONS: '--inspect', LANG: 'C' }
    const variables = torrentVariables(torrent, environment)
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['PATH', 'LANG', 'CCBT_TORRENT_NAME']))
    expect(Object.keys(variables)).not.toEqual(expect.arrayContaining(['CCBT_PROXY__URL']))
    expect(variables['NODE_OPTIONS']).toBeUndefined()
  })
})
