// What can be done to the chosen torrents: one table for the toolbar, the menu, the keyboard and its overview.

import type { TorrentAction, TorrentRow } from '@ccbt/rpc-client'

import type { IconName } from './icon.tsx'
import type { Page } from './page.ts'

/** One thing to do. */
export interface Command {
  readonly id: string
  readonly title: string
  readonly icon?: IconName
  /** As `KeyboardEvent.key` has it. */
  readonly key?: string
  /** Loses something. */
  readonly isDangerous?: boolean
  /** Begins a group of the menu. */
  readonly isFirst?: boolean
  readonly run: (page: Page) => void
}

/** `done` tells of what the list does not show. */
function action(action: TorrentAction, done?: string): Command['run'] {
  return ({ act, chosen }) => void act(idsOf(chosen), action, done)
}

function dialog(kind: 'remove' | 'move' | 'labels' | 'limits'): Command['run'] {
  return ({ openDialog, chosen }) => openDialog({ kind, rows: chosen })
}

function idsOf(rows: readonly TorrentRow[]): number[] {
  return rows.map(({ id }) => id)
}

/** In the order of the menu. */
export const COMMANDS: readonly Command[] = [
  { id: 'start', title: 'Start', icon: 'play', key: 's', run: action({ type: 'start' }) },
  { id: 'pause', title: 'Pause', icon: 'pause', key: 'p', run: action({ type: 'pause' }) },
  { id: 'start-now', title: 'Start at once, past the queue', key: 'S', run: action({ type: 'start-now' }) },
  { id: 'details', title: 'Details', key: 'Enter', isFirst: true, run: ({ setDetailOpen }) => setDetailOpen(true) },
  { id: 'labels', title: 'Labels…', key: 'l', run: dialog('labels') },
  { id: 'limits', title: 'Limits…', key: 'u', run: dialog('limits') },
  { id: 'move', title: 'Move…', key: 'm', run: dialog('move') },
  { id: 'magnet', title: 'Copy magnet link', key: 'c', run: copyMagnets },
  { id: 'top', title: 'To the top of the queue', isFirst: true, run: action({ type: 'queue', to: 'top' }) },
  { id: 'earlier', title: 'Up in the queue', key: 'K', run: action({ type: 'queue', to: 'up' }) },
  { id: 'later', title: 'Down in the queue', key: 'J', run: action({ type: 'queue', to: 'down' }) },
  { id: 'bottom', title: 'To the bottom of the queue', run: action({ type: 'queue', to: 'bottom' }) },
  {
    id: 'in-order',
    title: 'Download in order',
    isFirst: true,
    run: action({ type: 'sequential', isOn: true }, 'Downloads in order'),
  },
  {
    id: 'rarest-first',
    title: 'Download rarest first',
    run: action({ type: 'sequential', isOn: false }, 'Downloads rarest first'),
  },
  { id: 'verify', title: 'Check the data', key: 'v', run: action({ type: 'verify' }) },
  {
    id: 'reannounce',
    title: 'Ask trackers for peers',
    key: 'n',
    run: action({ type: 'reannounce' }, 'The trackers are asked'),
  },
  {
    id: 'remove',
    title: 'Remove…',
    icon: 'trash',
    key: 'Delete',
    isFirst: true,
    isDangerous: true,
    run: dialog('remove'),
  },
]

/** The links by info-hash, which is all that is known of a torrent in the list. */
function copyMagnets({ chosen, say }: Page): void {
  const text = chosen.map(({ infoHash }) => `magnet:?xt=urn:btih:${infoHash}`).join('\n')
  copyText(text).then(
    () => say('done', chosen.length === 1 ? 'The magnet link is copied' : `${chosen.length} magnet links are copied`),
    () => say('error', 'This browser does not let the page copy'),
  )
}

/** Rejects where the page may not: browsers give the clipboard to pages from this machine or over TLS only. */
async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text)
}
