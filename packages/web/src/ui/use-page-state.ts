// What is open on the page, and what its components may do.

import { useCallback, useRef, useState } from 'preact/hooks'
import type { RefObject } from 'preact'

import { daemon } from '../daemon/rpc.ts'
import type { MenuPlace } from './menu.tsx'
import type { DialogState, NamedSource, Page } from './page.ts'
import { useToasts } from './toasts.tsx'
import type { Toast } from './toasts.tsx'
import { useDrop } from './use-drop.ts'
import { usePageKeys } from './use-page-keys.ts'
import type { Torrents } from './use-torrents.ts'

/** The state of the page. */
export interface PageState {
  readonly page: Page
  readonly dialog: DialogState | undefined
  readonly menu: MenuPlace | undefined
  readonly setMenu: (place: MenuPlace | undefined) => void
  readonly areFiltersOpen: boolean
  readonly setFiltersOpen: (areOpen: boolean) => void
  readonly toasts: readonly Toast[]
  readonly search: RefObject<HTMLInputElement | null>
  /** A file or link is held over the page. */
  readonly isHeld: boolean
}

/** The state, with the keyboard and what is dropped bound to it. */
export function usePageState(torrents: Torrents): PageState {
  const { toasts, say } = useToasts()
  const [dialog, setDialog] = useState<DialogState | undefined>(undefined)
  const [isDetailOpen, setDetailOpen] = useState(false)
  const [areFiltersOpen, setFiltersOpen] = useState(false)
  const [menu, setMenu] = useState<MenuPlace | undefined>(undefined)
  const search = useRef<HTMLInputElement>(null)
  const page: Page = {
    chosen: torrents.chosen,
    isDetailOpen,
    act: (ids, action, done) =>
      daemon.act(ids, action).then(
        () => (done === undefined ? undefined : say('done', done)),
        (error: unknown) => say('error', messageOf(error)),
      ),
    say,
    openDialog: setDialog,
    closeDialog: () => setDialog(undefined),
    setDetailOpen,
    find: torrents.find,
    show: (id) => {
      torrents.choose(id)
      setDialog(undefined)
      setDetailOpen(true)
    },
  }
  usePageKeys(page, {
    ...torrents,
    search: () => search.current?.focus(),
    add: () => setDialog({ kind: 'add', sources: [] }),
    help: () => setDialog({ kind: 'help' }),
    escape: () => (isDetailOpen ? setDetailOpen(false) : torrents.selectNothing()),
  })
  const onSources = useCallback((sources: NamedSource[]) => setDialog({ kind: 'add', sources }), [])
  const isHeld = useDrop(onSources, say)
  return { page, dialog, menu, setMenu, areFiltersOpen, setFiltersOpen, toasts, search, isHeld }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
