// What a daemon does by itself, put together: the guard of the disks, watched folders, feeds, the program for
// complete downloads.

import type { DatabaseSync } from 'node:sqlite'

import type { Report } from './automation-note.ts'
import type { Engine, EngineParts } from './engine/engine.ts'
import { FeedReader } from './feeds/feed-reader.ts'
import type { FeedDefinition } from './feeds/feed-reader.ts'
import type { TorrentFetcher } from './fetch/torrent-fetcher.ts'
import { DiskGuard } from './guard/disk-guard.ts'
import { CompletionHook } from './hooks/completion-hook.ts'
import type { HookProgram } from './hooks/completion-hook.ts'
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
export function engineFolders(
  options: AutomationOptions,
): Pick<EngineParts, 'labelDirectories' | 'incompleteDirectory'> {
  const { labels, incompleteDirectory } = options
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

/** Begins with everything that was asked for but folders, which are the engine's; it ends when it is disposed. */
export function startAutomation(parts: AutomationParts): AsyncDisposable {
  const { engine, settings, options, report, fetchFile } = parts
  const table = new FeedTable(parts.database)
  const stack = new AsyncDisposableStack()
  const { minFreeBytes = 0, watch = [], feeds = [], onComplete: program } = options
  stack.use(new DiskGuard({ torrents: () => engine.torrents(), session: engine.session, minFreeBytes, report }))
  for (const folder of watch) stack.use(new WatchFolder({ folder, engine, report }))
  for (const [index, feed] of feeds.entries()) {
    stack.use(new FeedReader({ feed, engine, table, fetchFile, report, delayMs: index * FEED_SPACING_MS }))
  }
  if (program !== undefined) {
    const hook = stack.use(new CompletionHook({ program, settings, torrent: (id) => engine.byId(id), report }))
    stack.defer(engine.onDownloaded((torrent) => hook.completed(torrent)))
  }
  return stack
}
