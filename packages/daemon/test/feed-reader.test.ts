// Feeds from a real server on this machine.

import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import type { AutomationNote } from '../src/automation-note.ts'
import type { Engine } from '../src/engine/engine.ts'
import { FeedReader } from '../src/feeds/feed-reader.ts'
import type { FeedDefinition } from '../src/feeds/feed-reader.ts'
import { torrentFetcher } from '../src/fetch/torrent-fetcher.ts'
import { openDatabase } from '../src/state/database.ts'
import { FeedTable } from '../src/state/feed-table.ts'
import { PATIENCE, startEngine, temporaryFolder, torrentFile } from './support.ts'

interface Site {
  readonly base: string
  /** The feed's items as XML. */
  items: string
  /** Every path that was asked for. */
  readonly asked: string[]
  /** Answers instead of the feed. */
  answer?: (response: ServerResponse) => void
}

async function startSite(items: string): Promise<Site> {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const path = request.url ?? ''
    asked.push(path)
    if (path.endsWith('.torrent')) response.end(torrentFile(path.slice(1, -'.torrent'.length)))
    else if (site.answer !== undefined) site.answer(response)
    else if (path === '/feed') response.end(`<rss><channel>${site.items.replaceAll('BASE', site.base)}</channel></rss>`)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const site: Site = { base: `http://127.0.0.1:${port}`, items, asked }
  return site
}

interface Reading {
  readonly engine: Engine
  readonly notes: AutomationNote[]
  readonly table: FeedTable
  readonly begin: () => FeedReader
}

async function prepare(site: Site, options: Partial<FeedDefinition> = {}): Promise<Reading> {
  const engine = await startEngine()
  const database = openDatabase(temporaryFolder())
  onTestFinished(() => database.close())
  const table = new FeedTable(database)
  const notes: AutomationNote[] = []
  const feed: FeedDefinition = {
    url: `${site.base}/feed`,
    intervalMs: 50,
    titles: { accepts: () => true, isTooSlow: false },
    isOncePerEpisode: false,
    allowsHttp: true,
    allowsLocal: true,
    ...options,
  }
  const begin = (): FeedReader => {
    const fetchFile = torrentFetcher({ bind: { v4: '127.0.0.1' } })
    const reader = new FeedReader({ feed, engine, table, fetchFile, report: (note) => notes.push(note), delayMs: 0 })
    onTestFinished(() => reader[Symbol.asyncDispose]())
    return reader
  }
  return { engine, notes, table, begin }
}

function item(name: string, guid = name): string {
  return `<item><title>${name}</title><guid>${guid}</guid><enclosure url="BASE/${name}.torrent"/></item>`
}

function namesOf(engine: Engine): string[] {
  return engine.torrents().map(({ name }) => name)
}

async function looks(site: Site, count: number): Promise<void> {
  const before = site.asked.filter((path) => path === '/feed').length
  await vi.waitFor(
    () => expect(site.asked.filter((path) => path === '/feed').length).toBeGreaterThan(before + count),
    PATIENCE,
  )
}

describe('a feed', () => {
  it('is added item by item, the oldest first, each once, over restarts and removals', async () => {
    const site = await startSite(item('two') + item('one'))
    const { engine, begin } = await prepare(site, { label: 'news' })
    const reader = begin()
    await vi.waitFor(() => expect(namesOf(engine)).toEqual(['one', 'two']), PATIENCE)
    expect(engine.torrents()[0]?.settings.labels).toEqual(['news'])
    await looks(site, 1)
    await engine.remove(engine.torrents()[0]!)
    await reader[Symbol.asyncDispose]()
    site.items = item('three') + site.items
    begin()
    await vi.waitFor(() => expect(namesOf(engine)).toEqual(['two', 'three']), PATIENCE)
    await looks(site, 1)
    expect(site.asked.filter((path) => path === '/one.torrent')).toHaveLength(1)
  })

  it('gives what its titles and sizes ask for, by the size of the torrent and not the word of the feed', async () => {
    const lie = '<item><title>lie</title><guid>l</guid><enclosure url="BASE/lie.torrent" length="900000000"/></item>'
    const site = await startSite(item('wanted') + item('other') + lie)
    const titles = { accepts: (title: string) => title !== 'other', isTooSlow: false }
    const { engine, begin } = await prepare(site, { titles, minBytes: 10_000, maxBytes: 30_000 })
    begin()
    await vi.waitFor(() => expect(namesOf(engine)).toEqual(['wanted']), PATIENCE)
    await looks(site, 1)
    expect(site.asked).not.toContain('/other.torrent')
    expect(namesOf(engine)).toEqual(['wanted'])
  })

  it('leaves out what is too small, once it was seen', async () => {
    const site = await startSite(item('small'))
    const { engine, begin } = await prepare(site, { minBytes: 1_000_000 })
    begin()
    await looks(site, 3)
    expect(namesOf(engine)).toEqual([])
    expect(site.asked.filter((path) => path === '/small.torrent')).toHaveLength(1)
  })

  it('gives each episode once', async () => {
    const site = await startSite(item('A.Show.S01E01.720p') + item('A.Show.S01E01.1080p') + item('A.Show.S01E02.720p'))
    const { engine, begin } = await prepare(site, { isOncePerEpisode: true })
    begin()
    const names = ['A.Show.S01E02.720p', 'A.Show.S01E01.1080p']
    await vi.waitFor(() => expect(namesOf(engine)).toEqual(names), PATIENCE)
    await looks(site, 2)
    expect(namesOf(engine)).toEqual(names)
  })

  it('stops for good when a pattern takes for ever, and says so', async () => {
    const site = await startSite(item('a'))
    const { notes, begin } = await prepare(site, { titles: { accepts: () => false, isTooSlow: true } })
    begin()
    await vi.waitFor(
      () => expect(notes.map(({ text }) => text)).toEqual([expect.stringContaining('too long')]),
      PATIENCE,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(site.asked).toHaveLength(1)
  })

  it('adds a bounded number at a look', async () => {
    const site = await startSite(Array.from({ length: 50 }, (_, n) => item(`n${n}`)).join(''))
    const { engine, begin } = await prepare(site, { intervalMs: 60_000 })
    begin()
    await vi.waitFor(() => expect(namesOf(engine)).toHaveLength(20), PATIENCE)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(namesOf(engine)).toHaveLength(20)
  })

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'ftp://127.0.0.1/x.torrent', 'BASE/http.torrent', 'x.torrent'])(
    'is not followed to %s',
    async (address) => {
      const site = await startSite(`<item><title>t</title><guid>g</guid><enclosure url="${address}"/></item>`)
      const { engine, notes, begin } = await prepare(site, { allowsHttp: false })
      begin()
      await looks(site, 2)
      expect(namesOf(engine)).toEqual([])
      expect(site.asked.every((path) => path === '/feed')).toBe(true)
      expect(notes.map(({ text }) => text)).toEqual([expect.stringContaining('not allowed')])
    },
  )

  it('gives up an item that cannot be had after some tries', async () => {
    const site = await startSite('<item><title>t</title><guid>g</guid><enclosure url="BASE/nothing"/></item>')
    const { notes, begin } = await prepare(site)
    begin()
    await looks(site, 8)
    expect(site.asked.filter((path) => path === '/nothing')).toHaveLength(5)
    expect(notes).toHaveLength(5)
  })
})

describe('a hostile feed', () => {
  it.each<[string, (site: Site) => (response: ServerResponse) => void, string]>([
    ['endless', () => (response) => void pour(response), 'too big'],
    [
      'a billion laughs',
      () => (response) => response.end('<!DOCTYPE a [<!ENTITY b "&b;&b;">]><rss>&b;</rss>'),
      'no RSS',
    ],
    ['a file', () => (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), 'only http'],
    ['itself', () => (response) => response.writeHead(302, { location: '/feed' }).end(), 'redirects'],
    ['cut off', () => (response) => response.writeHead(200, { 'content-length': 99 }).end('<rss>'), 'feed of'],
    ['forbidden', () => (response) => response.writeHead(403).end(), '403'],
  ])('that is %s is told of once, and asked again', async (_, answer, reason) => {
    const site = await startSite(item('good'))
    site.answer = answer(site)
    const { engine, notes, begin } = await prepare(site)
    begin()
    await vi.waitFor(() => expect(notes[0]?.text).toContain(reason), PATIENCE)
    await looks(site, 2)
    expect(notes).toHaveLength(1)
    delete site.answer
    await vi.waitFor(() => expect(namesOf(engine)).toEqual(['good']), PATIENCE)
  })

  it('that hangs ends with the reader', async () => {
    const site = await startSite('')
    site.answer = () => {}
    const { notes, begin } = await prepare(site)
    const reader = begin()
    await vi.waitFor(() => expect(site.asked).toHaveLength(1), PATIENCE)
    await reader[Symbol.asyncDispose]()
    expect(notes).toEqual([])
  })

  it('of this machine is not asked unless that was allowed, and neither are its links', async () => {
    const site = await startSite(item('inside'))
    const { notes, begin } = await prepare(site, { allowsLocal: false })
    begin()
    await vi.waitFor(() => expect(notes[0]?.text).toContain('on this machine'), PATIENCE)
    expect(site.asked).toEqual([])
  })
})

/** Until the other end has had enough. */
function pour(response: ServerResponse): void {
  response.write('<rss>')
  const piece = Buffer.alloc(1_000_000, ' ')
  const next = (): void => {
    if (!response.destroyed) response.write(piece, next)
  }
  next()
}

describe('what was added of a feed', () => {
  it('is kept apart by feed, and the oldest goes when there is too much', () => {
    using database = openDatabase(temporaryFolder())
    const table = new FeedTable(database)
    table.add('other', 'kept')
    database.exec('BEGIN')
    for (let n = 0; n <= 5000; n++) table.add('feed', `item ${n}`)
    database.exec('COMMIT')
    expect([table.has('feed', 'item 0'), table.has('feed', 'item 1'), table.has('feed', 'item 5000')]).toEqual([
      false,
      true,
      true,
    ])
    expect([table.has('other', 'kept'), table.has('feed', 'kept')]).toEqual([true, false])
  })
})
