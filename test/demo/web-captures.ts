// Takes the pictures of docs/web.md: the real page of a real daemon with a real swarm.
// node --conditions=ccbt-src test/demo/web-captures.ts

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Page } from 'playwright-core'

import { CliProcess } from '../e2e/cli-process.ts'
import { buildPage, openBrowser, openPage, Stage } from '../e2e/web-stage.ts'

const FOLDER = join(import.meta.dirname, '../../docs/images')
const NO_NETWORK = { CCBT_DHT__ENABLED: 'false', CCBT_LSD__ENABLED: 'false', CCBT_PORT_MAPPING__ENABLED: 'false' }
const VIEW = { width: 1200, height: 700 }
/** Names and lengths of what is shared. */
const TORRENTS: readonly Readonly<Record<string, number>>[] = [
  { 'survey-2026.csv': 4_000_000 },
  {
    'Field recordings/01 river.flac': 9_000_000,
    'Field recordings/02 wind.flac': 7_000_000,
    'Field recordings/notes/readme.txt': 2_000,
    'Field recordings/notes/가나다 😀.txt': 3_000,
  },
  { 'debian-netinst.iso': 60_000_000 },
]

async function main(): Promise<void> {
  Object.assign(process.env, NO_NETWORK)
  await buildPage()
  await using stage = await Stage.open('--no-auth')
  await using others = new AsyncDisposableStack()
  await using browser = await openBrowser()
  await using opened = await openPage(browser, stage.url, { viewport: VIEW, colorScheme: 'dark' })
  const { page } = opened
  for (const files of TORRENTS) {
    const file = await stage.seed(files, ['--upload-limit', '900k'])
    // One who has but a part.
    const some = ['add', file, '-o', `${file}.some`, '--state-dir', `${file}.some.state`, '--download-limit', '500k']
    others.use(new CliProcess(some, stage.home.options))
    await sleep(4000)
    await add(page, file)
    await sleep(4000)
  }
  await take(page)
}

async function add(page: Page, file: string): Promise<void> {
  await page.keyboard.press('a')
  await page.locator('input[type=file]').setInputFiles(file)
  await page.locator('.preview-files').waitFor()
  await page.locator('dialog button[type=submit]').click()
  await page.locator('dialog').waitFor({ state: 'detached' })
}

async function take(page: Page): Promise<void> {
  await page.locator('.torrents .row').filter({ hasText: 'debian' }).dblclick()
  await page.locator('.detail-body').getByText('Info-hash').waitFor()
  await page.locator('.toast').first().waitFor({ state: 'detached' })
  await page.screenshot({ path: join(FOLDER, 'web.png') })
  await page.getByRole('tab', { name: 'Pieces' }).click()
  await page.locator('.pieces canvas').waitFor()
  await sleep(1500)
  await page.screenshot({ path: join(FOLDER, 'web-pieces.png') })
}

await main()
