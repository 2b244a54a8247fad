// `ccbt edit`: changes what torrent files say beside their info, so that their infohashes stay.

import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { bytesEqual } from '@ccbt/primitives'
import { displayText, editTorrent } from '@ccbt/metainfo'
import type { Metainfo, TorrentChanges } from '@ccbt/metainfo'
import { usageError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { jsonLine } from '../output/json-lines.ts'
import type { OutputFlags } from '../output/reporter.ts'
import { processTerminal } from '../output/terminal.ts'
import { checkOutput, writeOutput } from '../output-file.ts'
import { parseTorrentFile, readTorrentFile } from '../sources/torrent-source.ts'
import { hashFigures, hashTexts } from './info.ts'

/** The parsed flags of `ccbt edit`. */
export interface EditFlags extends OutputFlags {
  readonly output?: string
  /** Tiers in place of those that are there. */
  readonly tracker?: readonly (readonly string[])[]
  /** False = none of those that are there. */
  readonly trackers: boolean
  readonly addTracker?: readonly (readonly string[])[]
  readonly removeTracker?: readonly string[]
  readonly webseed?: readonly string[]
  readonly webseeds: boolean
  readonly addWebseed?: readonly string[]
  readonly removeWebseed?: readonly string[]
  readonly comment?: string
  readonly force?: boolean
}

/** Changes each torrent file; returns the exit status. */
export async function runEdit(paths: readonly string[], flags: EditFlags): Promise<number> {
  if (flags.output !== undefined && paths.length > 1) {
    throw usageError('--output', '--output: is for one torrent file, not for several')
  }
  if (!changesTrackers(flags) && !changesWebSeeds(flags) && flags.comment === undefined) {
    throw usageError('torrents', 'there is nothing to change (see: ccbt edit --help)')
  }
  for (const path of paths) await edit(path, flags)
  return EXIT_CODES.ok.code
}

async function edit(path: string, flags: EditFlags): Promise<void> {
  const before = await readTorrentFile(path)
  const metainfo = parseTorrentFile(before, path)
  const after = editTorrent(before, changesOf(metainfo, flags))
  const isChanged = !bytesEqual(before, after)
  // A link to the torrent file stays one.
  const output =
    flags.output === undefined
      ? { path: await realpath(path), force: true }
      : { path: flags.output, force: flags.force === true }
  await checkOutput(output)
  if (isChanged || flags.output !== undefined) await writeOutput(output, after)
  tell(flags.output ?? path, { metainfo, isChanged, flags })
}

function changesOf(metainfo: Metainfo, flags: EditFlags): TorrentChanges {
  return {
    ...(changesTrackers(flags) ? { trackers: editedTrackers(metainfo.trackers, flags) } : {}),
    ...(changesWebSeeds(flags) ? { webSeeds: editedWebSeeds(metainfo.webSeeds, flags) } : {}),
    ...(flags.comment === undefined ? {} : { comment: flags.comment }),
  }
}

function changesTrackers({ tracker, trackers, addTracker, removeTracker }: EditFlags): boolean {
  return !trackers || (tracker ?? addTracker ?? removeTracker) !== undefined
}

function changesWebSeeds({ webseed, webseeds, addWebseed, removeWebseed }: EditFlags): boolean {
  return !webseeds || (webseed ?? addWebseed ?? removeWebseed) !== undefined
}

function editedTrackers(old: Metainfo['trackers'], flags: EditFlags): string[][] {
  const gone = new Set(flags.removeTracker)
  const base = flags.tracker ?? (flags.trackers ? old : [])
  const kept = base.map((tier) => tier.filter((url) => !gone.has(url)))
  const known = new Set(kept.flat())
  const added = (flags.addTracker ?? []).map((tier) => tier.filter((url) => !known.has(url)))
  return [...kept, ...added].filter((tier) => tier.length > 0)
}

function editedWebSeeds(old: readonly string[], flags: EditFlags): string[] {
  const gone = new Set(flags.removeWebseed)
  const base = flags.webseed ?? (flags.webseeds ? old : [])
  return [...new Set([...base.filter((url) => !gone.has(url)), ...(flags.addWebseed ?? [])])]
}

interface Edited {
  readonly metainfo: Metainfo
  readonly isChanged: boolean
  readonly flags: EditFlags
}

function tell(path: string, { metainfo, isChanged, flags }: Edited): void {
  const terminal = processTerminal()
  if (flags.json === true) {
    const { name } = metainfo
    terminal.line(jsonLine({ event: 'edited', path: resolve(path), name, ...hashFigures(metainfo), isChanged }))
  } else if (flags.quiet !== true) {
    const parts = [displayText(path), ...hashTexts(metainfo), ...(isChanged ? [] : ['nothing to change'])]
    terminal.line(parts.join('  '))
  }
}
