// A daemon with a running swarm, and a browser that looks at its page. The page is built from its sources first.

import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { build } from 'rolldown'

import { webPage } from '../../build/web-page.ts'
import { screenshotFolder } from '../screenshots.ts'
import { CliProcess, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'
import { writeSamples } from './sample-data.ts'

const ROOT = join(import.meta.dirname, '../..')

/** Debian's browser; the tests are skipped without it. */
export const CHROMIUM = '/usr/bin/chromium'

/** Whether there is a browser to look with. */
export const hasChromium: boolean = existsSync(CHROMIUM)

/** Builds the page, unless told otherwise to where a daemon that runs from its sources looks for it. */
export async function buildPage(folder: string = join(ROOT, 'packages/web/dist')): Promise<void> {
  await build(webPage(folder))
}

/** A daemon and seeders that find it through a tracker. */
export class Stage implements AsyncDisposable {
  readonly home: DaemonHome
  /** Of the page. */
  readonly url: string
  readonly #announce: string
  readonly #stack: AsyncDisposableStack
  #count = 0

  private constructor(parts: { home: DaemonHome; url: string; announce: string; stack: AsyncDisposableStack }) {
    this.home = parts.home
    this.url = parts.url
    this.#announce = parts.announce
    this.#stack = parts.stack
  }

  static async open(...daemonArguments: readonly string[]): Promise<Stage> {
    await using stack = new AsyncDisposableStack()
    const home = new DaemonHome(stack.use(await temporaryFolder()).path)
    const tracker = stack.use(new CliProcess(['tracker', '--port', '0', '--interval', '1s'], home.options))
    const announce = await tracker.until(({ stdout }) => /^http:\S+$/m.exec(stdout)?.[0])
    const { urls } = stack.use(await home.start(...daemonArguments))
    return new Stage({ home, url: urls[0] ?? '', announce, stack: stack.move() })
  }

  /** Makes a torrent of files of these lengths; the folder is that of its data. */
  async create(
    files: Readonly<Record<string, number>>,
    createArguments: readonly string[] = [],
  ): Promise<{ readonly file: string; readonly folder: string }> {
    const name = Object.keys(files)[0]?.split('/')[0] ?? ''
    const folder = join(this.home.options.cwd, String(this.#count++))
    await mkdir(folder)
    await writeSamples(folder, files)
    const file = `${folder}.torrent`
    const places = ['--tracker', this.#announce, '-o', file]
    const created = await this.home.run('create', join(folder, name), ...places, ...createArguments)
    if (created.code !== 0) throw new Error(created.stderr)
    return { file, folder }
  }

  /** The same with a seeder for it. */
  async seed(files: Readonly<Record<string, number>>, seedArguments: readonly string[] = []): Promise<string> {
    const { file, folder } = await this.create(files)
    const places = ['--data', folder, '--state-dir', `${folder}.state`]
    const seeder = new CliProcess(['seed', file, '--json', ...places, ...seedArguments], this.home.options)
    this.#stack.use(seeder)
    await seeder.untilEvent('seeding')
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** A browser without a window. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
}

/** A page with what went wrong in it. */
export interface OpenedPage extends AsyncDisposable {
  readonly page: Page
  /** Errors of scripts and of the console, which also tells what the content security policy has stopped. */
  readonly problems: string[]
}

/** Opens the page in a profile of its own and waits until it has the daemon's state. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('dialog', (dialog) => {
    problems.push(dialog.message())
    void dialog.dismiss()
  })
  await page.goto(url)
  await page.getByText('Connected', { exact: true }).waitFor()
  return { page, problems, [Symbol.asyncDispose]: () => context.close() }
}

/** Where screenshots are kept for whoever looks at a run. */
export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(screenshotFolder(), `${name}.png`) })
}
