// The web page with a daemon that is made up: ten thousand torrents, texts as bad as they get, a connection that is lost,
// and a path of a reverse proxy before everything.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { AlertList, StateChanges, SystemView, TorrentDetail, TorrentRow } from '@ccbt/rpc-client'
import { someSession } from '@ccbt/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readPage } from '../../packages/daemon/src/page/page-files.ts'
import { pageRoute } from '../../packages/daemon/src/page/page-route.ts'
import { peer, row } from '../../packages/web/test/rows.ts'
import { temporaryFolder } from './cli-process.ts'
import type { TemporaryFolder } from './cli-process.ts'
import { buildPage, hasChromium, openBrowser, openPage, screenshot } from './web-stage.ts'

const PATIENCE = { timeout: 30_000 }
const BASE = '/behind/a/proxy'
const COUNT = 10_000

/** What a stranger may call things. */
const EVIL = '\u202e\u0000"><img src=x onerror=window.pwned=1></bdi><script>window.pwned=1</script>{{7*7}}\ud800'

const DISK = {
  queuedBytes: 0,
  openBytes: 0,
  cacheBytes: 0,
  cacheHits: 0,
  cacheMisses: 0,
  writtenBytes: 0,
  readBytes: 0,
}
const SYSTEM: SystemView = { rssBytes: 1, heapBytes: 1, cpu: 0, loopDelayP99Ms: 1, disk: DISK }

/** A daemon that says what it is told to say. */
class FakeDaemon implements AsyncDisposable {
  rows: TorrentRow[] = []
  detail: TorrentDetail | null = null
  alerts: AlertList = { rules: [], alerts: [] }
  readonly calls: { readonly method: string; readonly params: unknown }[] = []
  readonly #page: ReturnType<typeof pageRoute>
  readonly #streams = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  #revision = 0

  constructor(pageFolder: string) {
    const folder = new URL(`${pathToFileURL(pageFolder).href}/`)
    this.#page = pageRoute(() => readPage([folder]))
  }

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Ends every stream and takes no more. */
  async hangUp(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  tell(delta: Partial<StateChanges>): void {
    const whole = {
      revision: ++this.#revision,
      isFull: false,
      session: someSession(),
      torrents: [],
      removed: [],
      ...delta,
    }
    for (const stream of this.#streams) stream.write(`event: state\ndata: ${JSON.stringify(whole)}\n\n`)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(BASE, '').replace(/\?.*/, '')
    if (path === '/ccbt/events') return this.#stream(response)
    if (path === '/ccbt/rpc') return await this.#call(request, response)
    const { signal } = new AbortController()
    const sender = { scope: 'read', isOwner: false, address: '', signal, headers: {} } as const
    const asked = { ...sender, method: 'GET', path, query: new URLSearchParams(), body: Buffer.alloc(0) }
    const { status, headers, body } = (await this.#page(asked)) ?? { status: 404 }
    response.writeHead(status, headers).end(body)
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
    this.tell({ isFull: true, torrents: this.rows })
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await request.toArray()).toString('utf8')
    const call = JSON.parse(text) as { method: string; params: Readonly<Record<string, unknown>> }
    this.calls.push(call)
    const lines = [{ atMs: 1, level: 'error', area: EVIL, infoHash: '', text: EVIL }]
    const results: Readonly<Record<string, unknown>> = {
      'ccbt-detail': this.detail,
      'ccbt-system': SYSTEM,
      'ccbt-alerts': this.alerts,
      'ccbt-log': { next: 1, lines: call.params['since'] === 0 ? lines : [] },
    }
    response.writeHead(call.method === 'ccbt-act' ? 422 : 200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify(call.method === 'ccbt-act' ? { error: EVIL } : { result: results[call.method] ?? null }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.hangUp()
  }
}

describe.skipIf(!hasChromium)('the web page of a busy daemon', () => {
  let folder: TemporaryFolder
  let browser: Awaited<ReturnType<typeof openBrowser>>

  beforeAll(async () => {
    folder = await temporaryFolder()
    ;[browser] = await Promise.all([openBrowser(), buildPage(folder.path)])
  })

  afterAll(async () => {
    await browser.close()
    await folder[Symbol.asyncDispose]()
  })

  it('draws what is on the screen of ten thousand torrents, below any path', async () => {
    await using daemon = new FakeDaemon(folder.path)
    daemon.rows = Array.from({ length: COUNT }, (_, i) => row({ id: i + 1, addedAtMs: i + 1, queuePosition: i + 1 }))
    const url = `http://127.0.0.1:${await daemon.listen()}${BASE}/`
    await using opened = await openPage(browser, url)
    const { page, problems } = opened
    const rows = page.locator('.torrents .row')
    await page.getByText(`${COUNT.toLocaleString('en')} torrents`).waitFor()
    expect(await rows.count()).toBeLessThan(60)
    await page.keyboard.press('End')
    await page.locator('#torrent-1').waitFor()
    expect(await page.locator('#torrent-1').getAttribute('aria-rowindex')).toBe(String(COUNT))
    await page.keyboard.press('/')
    await page.keyboard.type('torrent 4711')
    await expect.poll(() => rows.count(), PATIENCE).toBe(1)
    await page.getByLabel('Search').fill('')
    daemon.tell({
      torrents: [row({ id: COUNT + 1, addedAtMs: COUNT + 1, name: 'newest', downloadBps: 2048 })],
      removed: [COUNT],
    })
    await page.keyboard.press('Escape')
    await page.keyboard.press('Home')
    await expect.poll(() => rows.first().locator('.cell-down').textContent(), PATIENCE).toBe('2.0 KiB/s')
    daemon.tell({ changed: [{ id: COUNT + 1, downloadBps: 4096 }] })
    await expect.poll(() => rows.first().locator('.cell-down').textContent(), PATIENCE).toBe('4.0 KiB/s')
    expect(await rows.first().locator('.cell-name').textContent()).toBe('newest')
    await page.keyboard.press('Control+a')
    await page.getByText('10,000 chosen').waitFor()
    await screenshot(page, 'ten-thousand')
    expect(problems).toEqual([])
  })

  it('makes no difference between a hostile text and a harmless one', async () => {
    await using daemon = new FakeDaemon(folder.path)
    const evil = row({
      id: 1,
      name: EVIL,
      labels: [EVIL],
      directory: EVIL,
      trackerHost: EVIL,
      phase: 'failed',
      error: EVIL,
    })
    daemon.rows = [evil]
    daemon.detail = {
      row: evil,
      pieceLength: 16_384,
      pieces: 3,
      have: 'gA==',
      comment: EVIL,
      creator: EVIL,
      createdAtMs: 1,
      magnet: EVIL,
      files: [{ index: 0, path: `a/${EVIL}/__proto__`, length: 5, done: 1, priority: 4 }],
      peers: [peer({ address: EVIL, client: EVIL })],
      trackers: [
        {
          url: `javascript:${EVIL}`,
          tier: 0,
          state: 'failed',
          error: EVIL,
          nextAnnounceInMs: -1,
          seeders: -1,
          leechers: -1,
        },
      ],
      webSeeds: [{ url: EVIL, state: EVIL, downloadBps: 0 }],
      wasted: { hashFailed: 1, duplicate: 0, unrequested: 0 },
      knownPeers: 0,
      bannedPeers: 0,
    }
    const alert = { severity: 'critical', state: 'firing', value: 1, firedAtMs: 1 } as const
    daemon.alerts = {
      rules: [{ name: EVIL, severity: 'critical', condition: EVIL, silencedUntilMs: 0 }],
      alerts: [{ ...alert, rule: EVIL, subject: evil.infoHash, name: EVIL }],
    }
    const url = `http://127.0.0.1:${await daemon.listen()}${BASE}/`
    await using opened = await openPage(browser, url)
    const { page, problems } = opened
    const seen: string[] = []
    const look = async (): Promise<void> => {
      const text = await page.locator('body').textContent()
      expect(text).toContain('<img src=x onerror=window.pwned=1>')
      seen.push(text ?? '')
    }
    await page.locator('.torrents .row').dblclick()
    for (const tab of ['Overview', 'Files', 'Peers', 'Trackers', 'Pieces', 'Speed']) {
      await page.getByRole('tab', { name: tab }).click()
      await expect.poll(() => page.locator('.detail-body').textContent(), PATIENCE).toMatch(/\S/)
      await look()
    }
    for (const button of ['Log', '1 alert']) {
      await page.getByRole('button', { name: button, exact: true }).click()
      await expect.poll(() => page.locator('dialog').getByText('<script>').count(), PATIENCE).toBeGreaterThan(0)
      await look()
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    await page.keyboard.press('p')
    await expect.poll(() => page.locator('.toast').textContent(), PATIENCE).toContain('<script>')
    await look()
    expect(daemon.calls.find(({ method }) => method === 'ccbt-act')?.params).toEqual({
      ids: [1],
      action: { type: 'pause' },
    })
    // Nothing that turns other text around or hides it is left.
    expect(seen.filter((text) => text.includes('\0') || text.includes('\u202e'))).toEqual([])
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('body :is(img, script, iframe, style, a)').count()).toBe(0)
    // The browser notes the refusal; of the content security policy there is nothing.
    expect(problems.filter((text) => !text.includes('422'))).toEqual([])
  })

  it('takes a torrent along the queue with the mouse', async () => {
    await using daemon = new FakeDaemon(folder.path)
    daemon.rows = [1, 2, 3, 4].map((id) => row({ id, queuePosition: id }))
    const url = `http://127.0.0.1:${await daemon.listen()}${BASE}/`
    await using opened = await openPage(browser, url)
    const { page } = opened
    await page.getByRole('button', { name: '#' }).click()
    await page.locator('#torrent-1').dragTo(page.locator('#torrent-3'))
    await expect
      .poll(() => daemon.calls.filter(({ method }) => method === 'ccbt-act').map(({ params }) => params), PATIENCE)
      .toEqual([{ ids: [1], action: { type: 'queue', to: 3 } }])
  })

  it('says that the daemon is gone, and finds it again', async () => {
    let daemon = new FakeDaemon(folder.path)
    daemon.rows = [row({ id: 1, name: 'before' })]
    const port = await daemon.listen()
    await using opened = await openPage(browser, `http://127.0.0.1:${port}${BASE}/`)
    const { page } = opened
    await daemon.hangUp()
    await page.getByText('The daemon does not answer').waitFor()
    daemon = new FakeDaemon(folder.path)
    daemon.rows = [row({ id: 2, name: 'after' })]
    await daemon.listen(port)
    await page.getByText('Connected', { exact: true }).waitFor()
    await expect.poll(() => page.locator('.torrents .row .cell-name').allTextContents(), PATIENCE).toEqual(['after'])
    await daemon[Symbol.asyncDispose]()
  })

  it('is small', async () => {
    const page = await readPage([new URL(`${pathToFileURL(join(folder.path)).href}/`)])
    const bytes = Array.from(page?.values() ?? [], ({ body }) => body.length)
    expect(bytes).toHaveLength(4)
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(150_000)
  })
})
