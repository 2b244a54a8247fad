// `ccbt magnet`: makes a magnet link of a torrent file.

import { formatMagnet, magnetOf } from '@ccbt/metainfo'
import type { Metainfo } from '@ccbt/metainfo'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'
import { loadTorrent } from '../sources/torrent-source.ts'

/** The parsed flags of `ccbt magnet`. */
export interface MagnetFlags {
  readonly trackers: boolean
  readonly json?: boolean
}

/** Prints the magnet link of the torrent `source` names; returns the exit status. */
export async function runMagnet(source: string, flags: MagnetFlags): Promise<number> {
  const metainfo = await loadTorrent(source, { signal: new AbortController().signal })
  const magnet = magnetLink(metainfo, flags)
  processTerminal().line(flags.json === true ? jsonLine({ magnet }) : magnet)
  return 0
}

/** The link, in characters that every terminal and shell takes; quote it for the sake of `&`. */
export function magnetLink(metainfo: Metainfo, { trackers }: Pick<MagnetFlags, 'trackers'>): string {
  const magnet = magnetOf(metainfo)
  return formatMagnet(trackers ? magnet : { ...magnet, trackers: [] })
}
