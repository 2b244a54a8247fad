// The web page in a browser, against a daemon with a running swarm.

import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Stage, buildPage, hasChromium, openBrowser, openPage, screenshot } from './web-stage.ts'
import type { OpenedPage } from './web-stage.ts'

const PATIENCE = { timeout: 30_000 }

/** The row of a torrent. */
function rowOf(page: Page, name: string): ReturnType<Page['locator']> {
  return page.locator('.torrents .row', { hasText: name })
}

async function addFile(page: Page, file: string): Promise<void> {
  await page.keyboard.press('a')
  await page.locator('input[type=file]').setInputFiles(file)
  await page.locator('.preview-files').waitFor()
}

async function submit(page: Page): Promise<void> {
  await page.locator('dialog button[type=submit]').click()
  await page.locator('dialog').waitFor({ state: 'detached' })
}

async function closeDialog(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
}

describe.skipIf(!hasChromium)('the web page', () => {
  let stage: Stage
  let browser: Browser
  let opened: OpenedPage
  let page: Page

  beforeAll(async () => {
    await buildPage()
    ;[stage, browser] = await Promise.all([Stage.open('--no-auth'), openBrowser()])
    opened = await openPage(browser, stage.url)
    ;({ page } = opened)
  })

  afterAll(async () => {
    expect(opened.problems).toEqual([])
    await browser.close()
    await stage[Symbol.asyncDispose]()
  })

  it('adds a torrent with a choice of its files, and shows them come in', async () => {
    const files = { 'season/one.mkv': 3_000_000, 'season/two.mkv': 100_000, 'season/extra/notes.txt': 10 }
    const file = await stage.seed(files, ['--upload-limit', '500K'])
    await addFile(page, file)
    await page.getByRole('checkbox', { name: 'two.mkv' }).uncheck()
    await page.getByText('2 of 3 files').waitFor()
    await page.getByLabel('Labels').fill('series, new')
    await screenshot(page, 'add')
    await submit(page)
    const row = rowOf(page, 'season')
    await row.locator('.phase-downloading').waitFor()
    await expect.poll(() => row.locator('.cell-down').textContent(), PATIENCE).toMatch(/KiB\/s$/)
    expect(await row.locator('.label').allTextContents()).toEqual(['series', 'new'])
    await row.dblclick()
    await page.getByRole('tab', { name: 'Peers' }).click()
    const peer = page.locator('.peers .row')
    expect(await peer.locator('.cell-client').textContent()).toMatch(/^ccbt\//)
    expect(await peer.locator('abbr').getAttribute('title')).toContain('D: we download from them')
    await page.getByRole('tab', { name: 'Speed' }).click()
    await page.getByText('Where the time goes: 1 connection').waitFor()
    await screenshot(page, 'details')
    await page.getByRole('tab', { name: 'Files' }).click()
    const priorities = page.locator('.files .row select')
    expect(await priorities.evaluateAll((all) => all.map((select: { value?: string }) => select.value))).toEqual([
      '-1',
      '4',
      '4',
      '4',
      '0',
    ])
    await expect.poll(() => row.locator('.bar-text').textContent(), PATIENCE).toBe('100 %')
    await page.keyboard.press('Escape')
  })

  it('finds out what is behind a magnet link that is pasted', async () => {
    const file = await stage.seed({ 'behind a link.bin': 200_000 })
    const { stdout } = await stage.home.run('magnet', file)
    await page.keyboard.press('a')
    await page.locator('dialog textarea').fill(stdout)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('A magnet link').waitFor()
    await submit(page)
    const row = rowOf(page, 'behind a link.bin')
    await expect.poll(() => row.locator('.bar-text').textContent(), PATIENCE).toBe('100 %')
    await expect.poll(() => row.locator('.cell-size').textContent(), PATIENCE).toBe('195 KiB')
  })

  it('is worked with the keyboard', async () => {
    const file = await stage.seed({ 'by hand': 50_000_000 }, ['--upload-limit', '50K'])
    await addFile(page, file)
    await submit(page)
    const row = rowOf(page, 'by hand')
    await row.waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('by hand')
    await expect.poll(() => page.locator('.torrents .row').count(), PATIENCE).toBe(1)
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    expect(await row.getAttribute('aria-selected')).toBe('true')
    await page.keyboard.press('Enter')
    await page.getByRole('tab', { name: 'Trackers' }).click()
    await page.getByRole('button', { name: 'Edit trackers…' }).click()
    await page.locator('dialog textarea').press('End')
    await page.keyboard.type('\n\nhttp://127.0.0.1:9/second/announce')
    await submit(page)
    await page.locator('.trackers tr', { hasText: '127.0.0.1:9/second' }).getByText('2', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('p')
    await row.locator('.phase-paused').waitFor()
    await page.keyboard.press('s')
    await row.locator('.phase-downloading').waitFor()
    await page.keyboard.press('l')
    await page.locator('dialog input').fill('mine')
    await submit(page)
    await expect.poll(() => row.locator('.label').allTextContents(), PATIENCE).toEqual(['mine'])
    await page.keyboard.press('Delete')
    await page.locator('dialog .names').getByText('by hand').waitFor()
    await submit(page)
    await row.waitFor({ state: 'detached' })
    await page.getByLabel('Search').fill('')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
  })

  it('explains its keys, none of which means two things', async () => {
    await page.keyboard.press('?')
    await page.locator('dialog kbd').first().waitFor()
    const keys = await page.locator('dialog kbd').allTextContents()
    await closeDialog(page)
    expect(keys).toContain('Space')
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('tells what the daemon refuses', async () => {
    await page.keyboard.press('a')
    await page.locator('dialog textarea').fill('magnet:?xt=urn:btih:nonsense')
    await page.getByRole('button', { name: 'Next' }).click()
    await expect.poll(() => page.locator('dialog [role=alert]').textContent(), PATIENCE).toMatch(/\S/)
    expect(await page.locator('dialog button[type=submit]').isDisabled()).toBe(true)
    await closeDialog(page)
    // The browser notes every answer that is not a success.
    opened.problems.splice(0, opened.problems.length, ...opened.problems.filter((text) => !text.includes('422')))
  })

  it('finds a setting, changes it and takes that back, and tells why not', async () => {
    await page.getByRole('button', { name: 'Settings', exact: true }).click()
    await page.getByLabel('Search the settings').fill('over all torrents limits.download')
    const setting = page.locator('.setting[data-key="limits.download"]')
    await setting.getByText('default', { exact: true }).waitFor()
    await setting.getByRole('button', { name: 'Change' }).click()
    await setting.getByLabel('New value').fill('2X')
    await setting.getByRole('button', { name: 'Save' }).click()
    await setting.getByRole('alert').getByText('must be a rate').waitFor()
    await setting.getByLabel('New value').fill('3MB')
    await page.keyboard.press('Enter')
    await setting.getByText('changed at run time').waitFor()
    await page.getByText('All torrents together: ↓ 2.9 MiB/s').waitFor()
    await screenshot(page, 'settings')
    await setting.getByRole('button', { name: 'Change' }).click()
    await setting.getByRole('button', { name: 'Reset' }).click()
    await setting.getByText('default', { exact: true }).waitFor()
    await page.getByLabel('Search the settings').fill('metrics.listen')
    await page.getByText("on the daemon's own machine only").waitFor()
    expect(await page.locator('.setting button').count()).toBe(0)
    await page.getByLabel('Search the settings').fill('')
    await closeDialog(page)
    opened.problems.splice(0, opened.problems.length, ...opened.problems.filter((text) => !text.includes('422')))
  })

  it('shows hostile names as the text that they are', async () => {
    // A slash would end the name: scripts close with another character that looks like it.
    const name = '<img src=x onerror="window.pwned=1"><script>window.pwned=1<∕script>'
    const hostile = [
      '--comment',
      '<iframe src=javascript:window.pwned=1>',
      '--webseed',
      'http://x.example/"><b/onclick=alert(1)>',
    ]
    const { file } = await stage.create({ [`${name}/\u202efdp.<b>x<b>\u001b[31m`]: 1000 }, hostile)
    await addFile(page, file)
    await page.getByLabel('Labels').fill('<style>*{display:none}</style>')
    expect(await page.locator('.preview-files').textContent()).toContain('fdp.<b>x<b>')
    await submit(page)
    const row = rowOf(page, '<img src=x')
    await row.click()
    await page.keyboard.press('Enter')
    expect(await row.locator('.cell-name').textContent()).toBe(`${name}<style>*{display:none}</style>`)
    for (const tab of ['Overview', 'Files', 'Trackers', 'Peers', 'Pieces', 'Speed']) {
      await page.getByRole('tab', { name: tab }).click()
      await expect.poll(() => page.locator('.detail-body').textContent(), PATIENCE).toMatch(/\S/)
      await screenshot(page, `hostile-${tab.toLowerCase()}`)
    }
    expect(await page.evaluate('window.pwned')).toBeUndefined()
    expect(await page.locator('body :is(img, script, iframe, style, b, a)').count()).toBe(0)
    await page.keyboard.press('Escape')
  })

  it('fits a phone and the dark', async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      colorScheme: 'dark',
      hasTouch: true,
      isMobile: true,
    } as const
    await using small = await openPage(browser, stage.url, phone)
    await rowOf(small.page, 'season').waitFor()
    await screenshot(small.page, 'phone')
    expect(await small.page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    expect(await small.page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await rowOf(small.page, 'season').tap()
    await small.page.getByRole('tab', { name: 'Overview' }).tap()
    await small.page.locator('.facts').waitFor()
    await screenshot(small.page, 'phone-details')
    await small.page.getByRole('button', { name: 'Close details' }).tap()
    await small.page.getByRole('button', { name: 'Settings', exact: true }).tap()
    await small.page.locator('.setting').first().getByRole('button').tap()
    await screenshot(small.page, 'phone-settings')
    expect(await small.page.evaluate('document.querySelector(".settings-list").scrollWidth')).toBeLessThan(390)
    await small.page.getByRole('button', { name: 'Close', exact: true }).tap()
    await small.page.getByRole('button', { name: 'Filters' }).tap()
    await small.page.getByRole('button', { name: 'Failed' }).tap()
    await expect.poll(() => small.page.locator('.torrents .row').count(), PATIENCE).toBe(0)
    expect(small.problems).toEqual([])
  })
})

describe.skipIf(!hasChromium)('the web page behind a password', () => {
  it('is for those who have it', async () => {
    await buildPage()
    await using stage = await Stage.open()
    expect((await fetch(stage.url)).status).toBe(401)
    const reset = await stage.home.run('daemon', 'password', '--reset', '--json')
    const { password } = JSON.parse(reset.stdout) as { password: string }
    await using browser = await openBrowser()
    await using opened = await openPage(browser, stage.url, { httpCredentials: { username: 'me', password } })
    const file = await stage.seed({ secret: 1000 })
    await addFile(opened.page, file)
    await submit(opened.page)
    await rowOf(opened.page, 'secret').waitFor()
    expect(opened.problems).toEqual([])
  })
})
