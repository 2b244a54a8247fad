// The whole behaviour without a terminal: any keys at any size of the screen, and what particular keys do.

import fc from 'fast-check'
import type { TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import type { Effect, Outcome } from '../src/app/effect.ts'
import { treeLines } from '../src/app/file-tree.ts'
import { KEYMAP } from '../src/app/keymap.ts'
import { initialUi } from '../src/app/ui-state.ts'
import type { UiState } from '../src/app/ui-state.ts'
import { press, settle, update } from '../src/app/update.ts'
import type { World } from '../src/app/world.ts'
import { languageOf, LANGUAGES } from '../src/languages/language.ts'
import { TorrentBook } from '../src/model/torrent-book.ts'
import { TorrentListing } from '../src/model/torrent-listing.ts'
import type { Input } from '../src/terminal/input.ts'
import { CellText } from '../src/text/cell-text.ts'
import type { Charset } from '../src/text/cell-text.ts'
import { drawFrame } from '../src/views/frame.ts'
import { ScrollMemory } from '../src/views/scroll-memory.ts'
import { ALERTS, detailOf, PREVIEW, rowOf, SESSION, SETTINGS, SYSTEM } from './samples.ts'

interface Bench {
  readonly world: World
  ui: UiState
  readonly effects: Effect[]
  key(...keys: string[]): Bench
  type(text: string): Bench
  settle(outcome: Outcome): Bench
  screen(charset?: Charset): string[]
}

interface Setting {
  readonly rows: readonly TorrentRow[]
  readonly detail?: TorrentDetail
  readonly size?: { readonly columns: number; readonly rows: number }
  readonly language?: string
}

function benchOf({ rows, detail, size = { columns: 80, rows: 24 }, language = 'en' }: Setting): Bench {
  const book = new TorrentBook()
  book.apply({ revision: 1, isFull: true, session: SESSION, torrents: rows, removed: [] })
  book.sample()
  const world: World = {
    book,
    listing: new TorrentListing(book),
    detail,
    files: treeLines(detail?.files.map(({ path }) => path) ?? []),
    system: SYSTEM,
    alerts: ALERTS,
    log: [{ atMs: 0, level: 'error', area: 'x', infoHash: rows[0]?.infoHash ?? '', text: 'line\x1b[2J' }],
    settings: SETTINGS,
    isConnected: true,
    language: languageOf(language),
    size,
    verbs: VERBS,
    nowMs: 0,
  }
  const scroll = new ScrollMemory()
  const bench: Bench = {
    world,
    ui: update(initialUi('dark'), { type: 'key', key: 'f12' }, world).ui,
    effects: [],
    key: (...keys) => {
      for (const key of keys) {
        const { ui, effects } = update(bench.ui, { type: 'key', key }, world)
        bench.ui = ui
        bench.effects.push(...effects)
      }
      return bench
    },
    type: (text) => bench.key(...Array.from(text, (char) => (char === ' ' ? 'space' : char))),
    settle: (outcome) => {
      bench.ui = settle(bench.ui, outcome, world)
      return bench
    },
    screen: (charset = 'unicode') => {
      const { grid } = drawFrame({ ui: bench.ui, world, text: new CellText(charset), scroll })
      return Array.from({ length: grid.rows }, (_, y) => grid.line(y))
    },
  }
  return bench
}

const VERBS = [
  { name: 'add', options: ['--json'] },
  { name: 'daemon', options: ['--verbose'] },
  { name: 'daemon start', options: ['--foreground', '--force'] },
  { name: 'daemon status', options: ['--json'] },
  { name: 'info', options: ['--json'] },
]

const names = ['alpha', 'beta \x1b[2J', '가나다라마바사', 'x'.repeat(500), '\u202etxt.exe', '😀😀']
const sample = names.map((name, i) => rowOf({ id: i + 1, name, labels: i % 2 === 0 ? ['even'] : [] }))

const keys = [...new Set(KEYMAP.flatMap((binding) => binding.keys))]
const anyInput: fc.Arbitrary<Input> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...keys).map((key) => ({ type: 'key', key }) as const) },
  fc.constantFrom('enter', 'escape', 'y', 'tab', 'space').map((key) => ({ type: 'key', key }) as const),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).map((key) => ({ type: 'key', key }) as const),
  fc.string({ unit: 'binary' }).map((text) => ({ type: 'paste', text }) as const),
  fc.record({
    type: fc.constant('mouse' as const),
    action: fc.constantFrom('press', 'wheel-up', 'wheel-down'),
    x: fc.nat(400),
    y: fc.nat(120),
  }),
)
const anySize = fc.record({ columns: fc.integer({ min: 1, max: 400 }), rows: fc.integer({ min: 1, max: 120 }) })

beforeAll(() => void vi.stubEnv('TZ', 'UTC'))

describe('the dashboard', () => {
  it('takes any inputs at any size, and always draws as many columns as there are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyInput, anySize), { maxLength: 40 }),
        fc.constantFrom('unicode', 'ascii'),
        fc.constantFrom(...LANGUAGES),
        (script, charset, language) => {
          const bench = benchOf({ rows: sample, detail: detailOf(sample[0]!), language })
          const scroll = new ScrollMemory()
          const text = new CellText(charset)
          for (const [input, size] of script) {
            const world = { ...bench.world, size }
            const { ui, effects } = update(bench.ui, input, world)
            bench.ui = ui
            if (effects.some(({ type }) => type === 'preview')) {
              bench.ui = settle(ui, { type: 'previewed', preview: PREVIEW, source: 'magnet:' }, world)
            }
            const { grid, targets } = drawFrame({ ui: bench.ui, world, text, scroll })
            expect(grid.texts.length).toBe(size.columns * size.rows)
            const [target] = targets
            if (target !== undefined) press(bench.ui, target, world)
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('sorts, filters, marks and acts on what is meant', () => {
    const bench = benchOf({ rows: sample })
    expect(bench.key('G').ui.cursorId).toBe(6)
    bench.key('/').type('even').key('enter')
    expect(bench.world.listing.rows(bench.ui.query).map(({ id }) => id)).toEqual([1, 3, 5])
    bench.key('space', 'space', 'p')
    expect(bench.effects).toEqual([expect.objectContaining({ ids: [1, 3], action: { type: 'pause' } })])
  })

  it('removes after y, with data only after a typed yes', () => {
    const bench = benchOf({ rows: sample })
    bench.key('r', 'n', 'r', 'escape', 'r', 'enter')
    expect(bench.effects).toEqual([])
    bench.key('y')
    expect(bench.effects.splice(0)).toMatchObject([{ ids: [1], action: { type: 'remove', deletesData: false } }])
    bench.key('R').type('y').key('enter').key('R').key('y', 'enter')
    expect(bench.effects).toEqual([])
    bench.key('R').type('yes').key('enter')
    expect(bench.effects).toMatchObject([{ ids: [1], action: { type: 'remove', deletesData: true } }])
  })

  it('keeps the cursor on its torrent when the order changes, and finds another when it is gone', () => {
    const bench = benchOf({ rows: sample })
    bench.key('j', 'j').key('S')
    expect(bench.ui.cursorId).toBe(3)
    bench.world.book.apply({ revision: 2, isFull: false, session: SESSION, torrents: [], removed: [3] })
    expect(bench.key('f12').ui.cursorId).toBe(6)
  })

  it('adds with the files that were chosen', () => {
    const bench = benchOf({ rows: [] })
    bench.key('a').type('magnet:?x').key('tab', 'tab').type('a, b').key('tab', 'space', 'enter')
    expect(bench.effects.splice(0)).toEqual([{ type: 'preview', source: 'magnet:?x' }])
    bench.settle({ type: 'previewed', preview: PREVIEW, source: 'magnet:?x' }).key('j', 'j', 'space', 'enter')
    const torrent = { source: 'magnet:?x', labels: ['a', 'b'], isPaused: true, isSequential: false, select: [0, 2] }
    expect(bench.effects).toEqual([{ type: 'add', torrent, name: PREVIEW.name }])
  })

  it('fetches in order and back, until all that are meant do so', () => {
    const bench = benchOf({ rows: [rowOf({ id: 1, isSequential: true }), rowOf({ id: 2 })] })
    bench.key('*', 'o', 'escape', 'g', 'o')
    expect(bench.effects).toMatchObject([
      { ids: [1, 2], action: { type: 'sequential', isOn: true } },
      { ids: [1], action: { type: 'sequential', isOn: false } },
    ])
  })

  it('takes limits as people write them', () => {
    const bench = benchOf({ rows: sample })
    bench.key('d').type('1.5M').key('enter').key('U').type('many').key('enter')
    expect(bench.effects).toMatchObject([{ ids: [1], action: { type: 'limit', downloadLimitBps: 1_500_000 } }])
    expect(bench.ui.notice).toEqual({ text: 'That is no rate: many', isError: true })
  })

  it('sets priorities of files and of whole folders', () => {
    const bench = benchOf({ rows: sample, detail: detailOf(sample[0]!) })
    bench.key('enter', 'tab', 'space', 'G', '+')
    expect(bench.effects).toMatchObject([
      { action: { type: 'priority', files: [0, 1, 2], priority: 0 } },
      { action: { type: 'priority', files: [0], priority: 5 } },
    ])
  })

  it('has every verb on the command line', () => {
    const bench = benchOf({ rows: sample })
    bench.key(':').type('inf').key('tab').type("'a b.torrent'").key('enter')
    expect(bench.effects.splice(0)).toEqual([{ type: 'run', words: ['info', 'a b.torrent'], isForm: false }])
    bench.key(':').type('nonsense').key('enter')
    expect(bench.ui.notice?.isError).toBe(true)
    bench.key(':').type('pause').key('enter')
    expect(bench.effects).toMatchObject([{ ids: [1], action: { type: 'pause' } }])
  })

  it('completes commands, their options, and paths with blanks in them', () => {
    const bench = benchOf({ rows: sample })
    const typed = (): unknown => (bench.ui.dialog?.kind === 'prompt' ? bench.ui.dialog.line.text : bench.ui.dialog)
    bench.key(':').type('dae').key('tab')
    expect(typed()).toBe('daemon ')
    bench.type('sta').key('tab')
    expect(bench.screen().at(-2)).toMatch(/start {2}status/)
    bench.type('r').key('tab').type('--fo').key('tab')
    expect(bench.screen().at(-2)).toMatch(/--force {2}--foreground/)
    bench.type('e').key('tab')
    expect(typed()).toBe('daemon start --foreground ')
    bench
      .key('C-u')
      .type(String.raw`info /a\ b/c`)
      .key('tab')
    expect(bench.effects).toEqual([{ type: 'complete', path: '/a b/c' }])
    bench.settle({ type: 'completed', path: '/other', candidates: ['/other thing'] })
    bench.settle({ type: 'completed', path: '/a b/c', candidates: ["/a b/c d's"] }).key('enter')
    expect(bench.effects.at(-1)).toEqual({ type: 'run', words: ['info', "/a b/c d's"], isForm: false })
  })

  it('shows every key of the table in its help', () => {
    const bench = benchOf({ rows: sample, size: { columns: 200, rows: 60 } })
    const help = bench.key('?').screen().join('\n')
    for (const { keys, scope } of KEYMAP) if (scope !== 'files') expect(help).toContain(keys[0])
  })

  it.each([
    [20, 5],
    [80, 24],
    [140, 40],
  ])('looks like this at %d columns and %d rows', (columns, rows) => {
    const bench = benchOf({ rows: sample, detail: detailOf(sample[0]!), size: { columns, rows } })
    const screens = [
      '',
      'enter',
      'tab',
      'tab',
      'tab',
      'tab',
      'tab',
      '3',
      '4',
      '5',
      '6',
      '1',
      '?',
      'escape',
      's',
      'escape',
      'a',
    ]
    for (const key of screens) {
      if (key !== '') bench.key(key)
      expect(`\n${bench.screen().join('\n')}`).toMatchSnapshot(`${columns}x${rows} ${key}`)
    }
    expect(`\n${bench.key('escape').screen('ascii').join('\n')}`).toMatchSnapshot(`${columns}x${rows} ascii`)
  })
})

describe('languages', () => {
  it.each([
    ['en', '1 torrent', '2 torrents'],
    ['pt', '1 torrent', '2 torrents'],
    ['ko', '토렌트 1개', '토렌트 2개'],
    ['zh', '1 个种子', '2 个种子'],
  ])('%s counts', (name, one, two) => {
    expect([1, 2].map((count) => languageOf(name).say('torrentCount', count))).toEqual([one, two])
  })

  it.each(LANGUAGES)('%s takes the same values into its texts as English', (name) => {
    const places = (text: string): string[] => (text.match(/\{\d\}/g) ?? []).sort()
    for (const [key, text] of languageOf('en').entries()) {
      expect(places(languageOf(name).say(key)), key).toEqual(places(text))
    }
  })
})

describe('a setting', () => {
  const lines = (bench: Bench): string => bench.screen().join('\n')

  it('is found, told about, changed and taken back', () => {
    const bench = benchOf({ rows: sample }).key('6')
    expect(lines(bench)).toContain('bytes per second over all torrents')
    expect(lines(bench.key('/').type('LOG level').key('enter'))).not.toContain('limits.download')
    bench.key('/', 'escape')
    bench.key('enter', 'C-u').type('3M').key('enter')
    bench.key('x')
    expect(bench.effects).toEqual([
      { type: 'setting', key: 'limits.download', text: '3M' },
      { type: 'setting', key: 'limits.download', text: undefined },
    ])
  })

  it('is picked where there is a choice, and nothing is taken back that was not changed', () => {
    const bench = benchOf({ rows: sample }).key('6', 'down', 'x', 'enter')
    expect(lines(bench)).toContain('debug  info  warning')
    bench.key('tab', 'tab', 'enter')
    expect(bench.effects).toEqual([{ type: 'setting', key: 'log.level', text: 'debug' }])
  })

  it('with a secret is typed anew, and one that is locked says why', () => {
    const bench = benchOf({ rows: sample }).key('6', 'down', 'down', 'enter').type('x').key('enter')
    expect(bench.effects).toEqual([{ type: 'setting', key: 'proxy.url', text: 'x' }])
    bench.key('bottom', 'G', 'enter')
    expect(bench.ui.notice).toEqual({ text: 'daemon.auth: not from here', isError: true })
  })
})
