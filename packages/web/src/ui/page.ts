// What every component of the page may use: the chosen torrents, the daemon, dialogs and messages.

import type { TorrentAction, TorrentRow } from '@ccbt/rpc-client'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

import type { Source } from '../daemon/rpc.ts'

/** A source of a torrent with the name under which the dialog shows it. */
export interface NamedSource {
  readonly name: string
  readonly source: Source
}

/** The dialog that is open. */
export type DialogState =
  | { readonly kind: 'add'; readonly sources: readonly NamedSource[] }
  | { readonly kind: 'remove' | 'move' | 'labels' | 'limits'; readonly rows: readonly TorrentRow[] }
  | { readonly kind: 'trackers'; readonly id: number; readonly text: string }
  | { readonly kind: 'session-limits' | 'settings' | 'log' | 'alerts' | 'help' }

/** The page for its components. */
export interface Page {
  readonly chosen: readonly TorrentRow[]
  readonly isDetailOpen: boolean
  /** Tells the daemon to do something to torrents; a refusal becomes a message, and so does `done` when it has done it. */
  readonly act: (ids: readonly number[], action: TorrentAction, done?: string) => Promise<void>
  readonly say: (kind: 'done' | 'error', text: string) => void
  readonly openDialog: (dialog: DialogState) => void
  readonly closeDialog: () => void
  readonly setDetailOpen: (isOpen: boolean) => void
  /** Chooses one torrent and opens its details, whatever was open. */
  readonly show: (id: number) => void
  /** The torrent with this info-hash, when there is one. */
  readonly find: (infoHash: string) => TorrentRow | undefined
}

/** The page; undefined outside of it. */
export const PageContext = createContext<Page | undefined>(undefined)

/** The page around a component. */
export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === undefined) throw new Error('there is no page around this component')
  return page
}
