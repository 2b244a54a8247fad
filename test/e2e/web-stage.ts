// A daemon with a running swarm, and a browser that looks at its page. The page is built from its sources first.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { chromium } from 'playwright-core'
import type { Browser, Page } from 'playwright-core'

import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { writeSamples } from './sample-data.ts'

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')

/** Debian's browser; the tests are skipped without it. */
export const CHROMIUM = '/usr/bin/chromium'

/** Whether there is a browser to look with. */
export const hasChromium: boolean = existsSync(CHROMIUM)

/** Builds the page to where a daemon that runs from its sources looks for it. */
export async function buildPage(): Promise<void> {
  await run(join(ROOT, 'node_modules/.bin/rolldown'), ['-c'], { cwd: join(ROOT, 'packages/web') })
}

/** A torrent of the stage. */
export interface StagedTorrent {
  readonly file: string
  readonly seeder: CliProcess
}

/** A daemon and seeders that find it through a tracker. */
export class Stage implements AsyncDisposable {
  readonly folder: string
  /** Of the page. */
  readonly url: string
  readonly #announce: string
  readonly #stack: AsyncDisposableStack

  private constructor(parts: { folder: string; url: string; announce: string; stack: AsyncDisposableStack }) {
    this.folder = parts.folder
    this.url = parts.url
    this.#announce = parts.announce
    this.#stack = parts.stack
  }

  static async open(daemonArguments: readonly string[] = ['--no-auth']): Promise<Stage> {
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await temporaryFolder()).path
    const options = { cwd: folder }
    const tracker = stack.use(new CliProcess(['tracker', '--port', '0', '--interval', '1s'], options))
    const announce = await tracker.until(({ stdout }) => /^http:\S+$/m.exec(stdout)?.[0])
    const places = ['--state-dir', join(folder, 'state'), '--download-dir', join(folder, 'downloads')]
    const daemon = stack.use(
      new CliProcess(['daemon', 'run', '--http', '127.0.0.1:0', '--json', ...places, ...daemonArguments], options),
    )
    const { urls } = await daemon.untilEvent('ready')
    const [url] = urls as string[]
    return new Stage({ folder, url: url ?? '', announce, stack: stack.move() })
  }

  /** Makes a torrent of files of these lengths and a seeder for it. */
  async seed(files: Readonly<Record<string, number>>, seedArguments: readonly string[] = []): Promise<StagedTorrent> {
    const name = Object.keys(files)[0]?.split('/')[0] ?? ''
    const source = join(this.folder, `source-${name}`)
    await mkdir(source)
    await writeSamples(source, files)
    const file = join(this.folder, `${name}.torrent`)
    const options = { cwd: this.folder }
    const created = await runCli(['create', join(source, name), '--tracker', this.#announce, '-o', file], options)
    if (created.code !== 0) throw new Error(created.stderr)
    const state = ['--state-dir', join(this.folder, `state-${name}`)]
    const seeder = new CliProcess(['seed', file, '--data', source, '--json', ...state, ...seedArguments], options)
    this.#stack.use(seeder)
    await seeder.untilEvent('seeding')
    return { file, seeder }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

/** A browser without a window. */
export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
}

/** Where screenshots are kept for whoever looks at a run. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env['CCBT_ARTIFACTS'] ?? join(ROOT, 'coverage/screenshots')
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`) })
}
