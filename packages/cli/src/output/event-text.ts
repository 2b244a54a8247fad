// Events and figures of a transfer in words; shared by the outputs that people read.

import type { SessionEvent, TorrentSnapshot } from '@ccbt/core'
import { displayText } from '@ccbt/metainfo'
import { formatBytes, formatClock, formatElapsed, formatRate, plural } from './format.ts'

const MAX_VERBOSE_LENGTH = 1000

/** Words for an event. */
export type EventText = (event: SessionEvent, torrent: TorrentSnapshot | undefined) => string | undefined

/** One line about an event, or `undefined` when there is nothing to say about it. */
export function eventText(event: SessionEvent, torrent: TorrentSnapshot | undefined): string | undefined {
  if (torrent === undefined) return filterText(event)
  return courseText(event, torrent) ?? troubleText(event) ?? filterText(event)
}

/** One line about any event: what {@link eventText} says, or its name and all it carries. Cut after 1000 characters. */
export function verboseText(event: SessionEvent, torrent: TorrentSnapshot | undefined): string {
  const text = eventText(event, torrent)
  if (text !== undefined) return text
  const facts = Object.entries(event)
    .filter(([key]) => key !== 'type' && key !== 'infoHash')
    .map(([key, value]) => `${key} ${value instanceof Error ? value.message : String(value)}`)
  return displayText(facts.length === 0 ? event.type : `${event.type}: ${facts.join(', ')}`, MAX_VERBOSE_LENGTH)
}

function courseText(event: SessionEvent, torrent: TorrentSnapshot): string | undefined {
  if (event.type === 'added') return torrent.phase === 'metadata' ? fetchingText(torrent) : headline(torrent)
  // Where nothing but the metadata is wanted there is no download to announce.
  if (event.type === 'metadata') return torrent.phase === 'finished' ? undefined : headline(torrent)
  if (event.type === 'checked') return checkedText(event)
  if (event.type === 'complete') return completeText(event, torrent)
  if (event.type === 'seeding') return 'seeding; Ctrl-C ends it'
  if (event.type === 'reused') return `${formatBytes(event.bytes)} were here already`
  if (event.type === 'finished' && torrent.uploaded > 0) return `sent ${formatBytes(torrent.uploaded)}`
  return undefined
}

/** A failure of the torrent is not among these: it ends the command, whose end tells it. */
function troubleText(event: SessionEvent): string | undefined {
  if (event.type === 'piece-corrupt') return `piece ${event.piece} came damaged and is fetched again`
  if (event.type === 'peer-refused') return `peer ${displayText(event.address)} is left out: ${event.reason}`
  if (event.type === 'peer-banned') return `peer ${displayText(event.address)} is banned: ${displayText(event.reason)}`
  if (event.type === 'web-seed-banned') return `web seed ${displayText(event.url)} is banned: ${event.reason}`
  if (event.type === 'web-seed-failed') return displayText(event.error)
  if (event.type === 'tracker-failed') return displayText(event.error)
  return undefined
}

/** What the IP filters do concerns every torrent. */
function filterText(event: SessionEvent): string | undefined {
  if (event.type === 'ip-filter-failed') return displayText(event.reason)
  if (event.type !== 'ip-filter-loaded') return undefined
  const { path, ranges, skippedLines, problems } = event
  const skipped =
    skippedLines === 0 ? '' : `; ${plural(skippedLines, 'line')} made no sense, such as ${problems[0] ?? ''}`
  return displayText(`IP filter ${path}: ${plural(ranges, 'range')}${skipped}`)
}

/** The torrent's name, size and place. */
export function headline(torrent: TorrentSnapshot): string {
  const size = formatBytes(torrent.wantedLength)
  const part = torrent.wantedLength < torrent.totalLength ? ` of ${formatBytes(torrent.totalLength)}` : ''
  return `${displayText(torrent.name)}: ${size}${part} into ${displayText(torrent.directory)}`
}

function fetchingText(torrent: TorrentSnapshot): string {
  return `${displayText(torrent.name)}: asking peers what is in it`
}

function metadataField({ metadata, connections }: TorrentSnapshot): string {
  if (metadata === undefined || metadata.pieces === 0)
    return `metadata: nobody has it yet, ${plural(connections, 'peer')}`
  return `metadata ${metadata.piecesDone}/${metadata.pieces} pieces from ${plural(metadata.peers, 'peer')}`
}

/** The columns of a progress line, the most important first. */
export function progressFields(torrent: TorrentSnapshot, arrows: Arrows): string[] {
  const peers = plural(torrent.connections, 'peer')
  const up = `${arrows.up} ${formatRate(torrent.uploadBps).padEnd(9)}`
  if (torrent.phase === 'metadata') return [metadataField(torrent)]
  if (torrent.phase === 'checking') return ['checking']
  if (torrent.phase === 'seeding') return [up, peers, `sent ${formatBytes(torrent.uploaded)}`]
  const eta = torrent.etaS === undefined ? '-:--' : formatClock(torrent.etaS)
  const down = `${arrows.down} ${formatRate(torrent.downloadBps).padEnd(9)}`
  return [down, `${eta} left`, peers, up, `${torrent.piecesDone}/${torrent.pieces}`]
}

/** How far the bar is: pieces looked at while checking, wanted bytes afterwards. */
export function progressOf(torrent: TorrentSnapshot): { readonly done: number; readonly total: number } {
  if (torrent.phase === 'metadata') {
    const { pieces = 0, piecesDone = 0 } = torrent.metadata ?? {}
    return { done: piecesDone, total: Math.max(1, pieces) }
  }
  if (torrent.phase === 'checking') return { done: torrent.checked, total: torrent.pieces }
  return { done: torrent.wantedDone, total: torrent.wantedLength }
}

/** Signs for the two directions. */
export interface Arrows {
  readonly down: string
  readonly up: string
}

function checkedText(event: SessionEvent & { type: 'checked' }): string | undefined {
  if (event.piecesDone === 0) return undefined
  return `${event.piecesDone} of ${plural(event.pieces, 'piece')} are already there`
}

function completeText(event: SessionEvent & { type: 'complete' }, torrent: TorrentSnapshot): string {
  const name = displayText(torrent.name)
  if (event.downloaded === 0) return `${name} is complete and verified`
  const rate = formatRate((event.downloaded * 1000) / Math.max(1, event.elapsedMs))
  return `${name} is complete and verified: ${formatBytes(event.downloaded)} in ${formatElapsed(event.elapsedMs)} (${rate})`
}
