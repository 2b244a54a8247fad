// The dashboard as a running program: inputs and news come in, frames go out. One frame per turn of the event loop at most,
// none while the terminal has not taken the last one.

import type { DaemonClient, DaemonMonitor } from '@ccbt/rpc-client'

import { languageOf } from '../languages/language.ts'
import type { Language } from '../languages/language.ts'
import { TorrentListing } from '../model/torrent-listing.ts'
import { FrameWriter } from '../screen/frame-writer.ts'
import { sgrOfTheme } from '../screen/theme.ts'
import type { ColorDepth } from '../screen/theme.ts'
import { charsetOf, colorDepthOf, messageLocaleOf } from '../terminal/abilities.ts'
import type { Environment } from '../terminal/abilities.ts'
import type { Input } from '../terminal/input.ts'
import { Terminal } from '../terminal/terminal.ts'
import { CellText } from '../text/cell-text.ts'
import { drawFrame } from '../views/frame.ts'
import { ScrollMemory } from '../views/scroll-memory.ts'
import { targetAt } from '../views/target.ts'
import type { Target } from '../views/target.ts'
import type { ProgramVerb } from './command-completion.ts'
import { settleCursor } from './cursor.ts'
import type { Effect } from './effect.ts'
import { runEffect } from './effect-runner.ts'
import type { RunVerb } from './effect-runner.ts'
import { Feed } from './feed.ts'
import type { Step } from './step.ts'
import { initialUi } from './ui-state.ts'
import type { UiState } from './ui-state.ts'
import { press, settle, update } from './update.ts'
import type { World } from './world.ts'

/** How a dashboard is started. */
export interface DashboardOptions {
  readonly client: DaemonClient
  /** Of the same daemon. */
  readonly monitor: Pick<DaemonMonitor, 'alerts'>
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream & { readonly fd: number }
  readonly env: Environment
  /** One of THEME_NAMES. */
  readonly theme: string
  /** Two letters; absent: as the locale says. */
  readonly language?: string
  readonly hasMouse: boolean
  /** Commands of the program beside those of the dashboard. */
  readonly verbs: readonly ProgramVerb[]
  readonly runVerb: RunVerb
  /** Ends the dashboard. */
  readonly signal: AbortSignal
}

/** Runs until the user quits, the terminal is closed or `signal` aborts; rejects when it fails. The terminal is as before then. */
export async function runDashboard(options: DashboardOptions): Promise<void> {
  using dashboard = new Dashboard(options)
  await dashboard.ended
}

class Dashboard implements Disposable {
  readonly ended: Promise<void>
  readonly #end: () => void
  readonly #fail: (reason: unknown) => void
  readonly #options: DashboardOptions
  readonly #language: Language
  readonly #terminal: Terminal
  readonly #depth: ColorDepth
  readonly #feed: Feed
  readonly #listing: TorrentListing
  readonly #text: CellText
  readonly #scroll = new ScrollMemory()
  #writer: FrameWriter
  #ui: UiState
  #targets: readonly Target[] = []
  #isDrawing = false
  /** Something changed while the terminal was busy. */
  #isLate = false

  constructor(options: DashboardOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.ended = promise
    this.#fail = reject
    this.#end = () => resolve()
    this.#options = options
    const { env, signal } = options
    this.#language = languageOf(options.language ?? messageLocaleOf(env))
    this.#text = new CellText(charsetOf(env))
    this.#ui = initialUi(options.theme)
    this.#terminal = new Terminal(options, {
      onInput: (input) => this.#guard(() => this.#input(input)),
      onChange: () => this.#redraw(),
      onReady: () => {
        if (this.#isLate) this.#draw()
      },
      onLost: this.#end,
    })
    this.#depth = colorDepthOf(env, this.#terminal.colors)
    this.#writer = this.#newWriter()
    this.#feed = new Feed(
      options,
      () => this.#ui,
      () => this.#draw(),
    )
    this.#listing = new TorrentListing(this.#feed.book)
    signal.addEventListener('abort', this.#end, { once: true })
    if (signal.aborted) resolve()
    this.#draw()
  }

  [Symbol.dispose](): void {
    this.#options.signal.removeEventListener('abort', this.#end)
    this.#feed[Symbol.dispose]()
    this.#terminal[Symbol.dispose]()
  }

  /** A mistake of the dashboard ends the dashboard: in this process there may be downloads that go on without it. */
  #guard(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#fail(error)
    }
  }

  #world(): World {
    const { book, detail, files, system, log, alerts, settings, isConnected } = this.#feed
    return {
      book,
      listing: this.#listing,
      detail,
      files,
      system,
      log,
      settings,
      alerts,
      isConnected,
      language: this.#language,
      size: this.#terminal.size,
      verbs: this.#options.verbs,
      nowMs: Date.now(),
    }
  }

  #input(input: Input): void {
    const target =
      input.type === 'mouse' && input.action === 'press' && this.#ui.dialog === undefined
        ? targetAt(this.#targets, input.x, input.y)
        : undefined
    const world = this.#world()
    this.#take(target === undefined ? update(this.#ui, input, world) : press(this.#ui, target, world))
  }

  #take({ ui, effects }: Step): void {
    const before = this.#ui
    this.#ui = ui
    if (ui.themeName !== before.themeName) this.#redraw()
    for (const effect of effects) this.#run(effect)
    const isElsewhere = ui.screen !== before.screen || ui.cursorId !== before.cursorId || ui.tab !== before.tab
    if (isElsewhere) this.#feed.refresh()
    this.#draw()
  }

  #run(effect: Effect): void {
    if (effect.type === 'quit') return this.#end()
    if (effect.type === 'suspend') return this.#terminal.suspend()
    if (effect.type === 'redraw') return this.#redraw()
    const { client, runVerb } = this.#options
    void runEffect(effect, { client, language: this.#language, runVerb }).then((outcome) => {
      this.#ui = settle(this.#ui, outcome, this.#world())
      this.#feed.refresh()
      this.#draw()
    })
  }

  #newWriter(): FrameWriter {
    return new FrameWriter(sgrOfTheme(this.#ui.themeName, this.#depth))
  }

  #redraw(): void {
    this.#writer = this.#newWriter()
    this.#draw()
  }

  /** Several changes at once are one frame. */
  #draw(): void {
    if (this.#isDrawing) return
    this.#isDrawing = true
    setImmediate(() => {
      this.#isDrawing = false
      this.#guard(() => this.#drawNow())
    })
  }

  #drawNow(): void {
    this.#isLate = !this.#terminal.isReady
    if (this.#isLate) return
    const world = this.#world()
    this.#ui = settleCursor(this.#ui, world)
    const { grid, targets } = drawFrame({ ui: this.#ui, world, text: this.#text, scroll: this.#scroll })
    this.#targets = targets
    this.#terminal.write(this.#writer.frame(grid))
  }
}
