// What a daemon does by itself, put together: the guard of the disks, watched folders, feeds, the program for
// complete downloads.

import type { DatabaseSync } from 'node:sqlite'

import type { Report } from './automation-note.ts'
import type { Engine } from './engine/engine.ts'
import type { AutomaticFolders } from './engine/placement.ts'
import { FeedReader } from './feeds/feed-reader.ts'
import type { FeedDefinition } from './feeds/feed-reader.ts'
import type { TorrentFetcher } from './fetch/torrent-fetcher.ts'
import { DiskGuard } from './guard/disk-guard.ts'
import { CompletionHook } from './hooks/completion-hook.ts'
import type { HookProgram } from './hooks/completion-hook.ts'
import { Restarting } from './restarting.ts'
import { FeedTable } from './state/feed-table.ts'
import type { SettingTable } from './state/setting-table.ts'
import { WatchFolder } from './watch/watch-folder.ts'
import type { WatchedFolder } from './watch/watch-folder.ts'

/** Feeds are not all asked at once. */
const FEED_SPACING_MS = 1000

/** What a daemon does by itself. */
export interface AutomationOptions {
  /** Room that downloads leave on every disk. Absent = none, and only a full disk stops them. */
  readonly minFreeBytes?: number
  /** Folders whose torrents are added. */
  readonly watch?: readonly WatchedFolder[]
  /** Feeds whose torrents are added. */
  readonly feeds?: readonly FeedDefinition[]
  /** Folders of torrents that name none, by label. */
  readonly labels?: ReadonlyMap<string, string>
  /** Folder of torrents until they are complete; absent = they are where they belong from the beginning. */
  readonly incompleteDirectory?: string
  /** Runs when a download is complete. */
  readonly onComplete?: HookProgram
}

/** The part of it that the engine does. */
export function automaticFolders({ labels, incompleteDirectory }: AutomationOptions): AutomaticFolders {
  return {
    ...(labels === undefined ? {} : { labelDirectories: labels }),
    ...(incompleteDirectory === undefined ? {} : { incompleteDirectory }),
  }
}

/** What automation works with. */
export interface AutomationParts {
  readonly engine: Engine
  readonly settings: SettingTable
  readonly database: DatabaseSync
  readonly fetchFile: TorrentFetcher
  readonly options: AutomationOptions
  readonly report: Report
}

/** What runs of it. */
export interface RunningAutomation extends AsyncDisposable {
  /** What is different begins anew; folders are the engine's. One call at a time. */
  follow(options: AutomationOptions): Promise<void>
}

/** Begins with everything that was asked for but folders, which are the engine's; it ends when it is disposed. */
export function startAutomation(parts: AutomationParts): RunningAutomation {
  const { engine, settings, options, report, fetchFile } = parts
  const table = new FeedTable(parts.database)
  const stack = new AsyncDisposableStack()
  const guard = stack.use(
    new Restarting(
      options.minFreeBytes ?? 0,
      (minFreeBytes) =>
        new DiskGuard({
          torrents: () => engine.torrents(),
          torrentOf: (infoHash) => engine.byHash(infoHash),
          session: engine.session,
          minFreeBytes,
          report,
        }),
    ),
  )
  const watch = stack.use(
    new Restarting(options.watch ?? [], (folders) =>
      together(folders.map((folder) => new WatchFolder({ folder, engine, report }))),
    ),
  )
  const feeds = stack.use(
    new Restarting(options.feeds ?? [], (all) =>
      together(
        all.map((feed, index) => {
          return new FeedReader({ feed, engine, table, fetchFile, report, delayMs: index * FEED_SPACING_MS })
        }),
      ),
    ),
  )
  const hook = stack.use(
    new Restarting(options.onComplete, (program) => startHook({ engine, settings, report }, program)),
  )
  return {
    follow: async (next) => {
      await guard.follow(next.minFreeBytes ?? 0)
      await watch.follow(next.watch ?? [])
      await feeds.follow(next.feeds ?? [])
      await hook.follow(next.onComplete)
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function together(services: readonly AsyncDisposable[]): AsyncDisposable {
  const stack = new AsyncDisposableStack()
  for (const service of services) stack.use(service)
  return stack
}

function startHook(
  { engine, settings, report }: Pick<AutomationParts, 'engine' | 'settings' | 'report'>,
  program: HookProgram | undefined,
): AsyncDisposable {
  const stack = new AsyncDisposableStack()
  if (program === undefined) return stack
  const hook = stack.use(new CompletionHook({ program, settings, torrent: (id) => engine.byId(id), report }))
  stack.defer(engine.onDownloaded((torrent) => hook.completed(torrent)))
  return stack
}
