// The page as a whole: puts the parts together.

import type { JSX } from 'preact'
import { useCallback, useEffect } from 'preact/hooks'

import { daemon } from '../daemon/rpc.ts'
import * as format from '../model/format.ts'
import { AppDialog } from './app-dialog.tsx'
import { DetailPanel } from './detail/panel.tsx'
import { usePolled } from './detail/use-polled.ts'
import { firing } from './dialog/alerts.tsx'
import { Header } from './header.tsx'
import { Menu } from './menu.tsx'
import { PageContext } from './page.ts'
import { Sidebar } from './sidebar.tsx'
import { StatusBar } from './status-bar.tsx'
import { Toasts } from './toasts.tsx'
import { TorrentTable } from './torrent-table.tsx'
import { useLive } from './use-live.ts'
import type { Live } from './use-live.ts'
import { useMedia } from './use-media.ts'
import { usePageState } from './use-page-state.ts'
import type { PageState } from './use-page-state.ts'
import { useTheme } from './use-theme.ts'
import { useTorrents } from './use-torrents.ts'
import type { Torrents } from './use-torrents.ts'

/** As the style sheet has it. */
const NARROW = '(max-width: 720px)'

const ALERTS_INTERVAL_MS = 10_000

interface AppParts {
  readonly live: Live
  readonly torrents: Torrents
  readonly state: PageState
  readonly alertCount: number
}

/** The page. */
export function App(): JSX.Element {
  const live = useLive()
  const torrents = useTorrents(live.book)
  const state = usePageState(torrents)
  const [theme, setTheme] = useTheme()
  const { page, dialog, menu, setMenu, areFiltersOpen, toasts, isHeld } = state
  const closeMenu = useCallback(() => setMenu(undefined), [setMenu])
  const { session, rows } = live.book
  const shown = page.isDetailOpen ? rows.get(torrents.selection.cursor) : undefined
  const classes = `page${shown === undefined ? '' : ' has-detail'}${areFiltersOpen ? ' has-filters' : ''}`
  const { value: alerts } = usePolled('alerts', () => daemon.alerts(), ALERTS_INTERVAL_MS)
  const parts = { live, torrents, state, alertCount: alerts === undefined ? 0 : firing(alerts).length }
  useTitle(live)
  return (
    <PageContext.Provider value={page}>
      <div class={classes}>
        <Top {...parts} />
        <Main {...parts} />
        {shown !== undefined && (
          <DetailPanel row={shown} history={live.history} onClose={() => page.setDetailOpen(false)} />
        )}
        <StatusBar live={live} shown={torrents.rows.length} chosen={torrents.chosen.length} />
      </div>
      {menu !== undefined && <Menu place={menu} onClose={closeMenu} />}
      {dialog !== undefined && (
        <AppDialog dialog={dialog} alerts={alerts} theme={theme} onTheme={setTheme} session={session} />
      )}
      {isHeld && <div class="drop">Drop torrent files or links here</div>}
      <Toasts toasts={toasts} />
    </PageContext.Provider>
  )
}

function Top({ live, torrents, state, alertCount }: AppParts): JSX.Element {
  const { query, setQuery } = torrents
  const { search, areFiltersOpen, setFiltersOpen, setMenu } = state
  return (
    <>
      <Header
        text={query.text}
        onText={(text) => setQuery({ ...query, text })}
        search={search}
        session={live.book.session}
        alertCount={alertCount}
        rates={live.history.session}
        onFilters={() => setFiltersOpen(!areFiltersOpen)}
        onMenu={({ clientX: x, clientY: y }) => setMenu({ x, y })}
      />
      <Sidebar
        facets={torrents.facets}
        query={query}
        onQuery={(query) => {
          setQuery(query)
          setFiltersOpen(false)
        }}
      />
    </>
  )
}

function Main({ live, torrents, state: { page, setMenu } }: AppParts): JSX.Element {
  const isNarrow = useMedia(NARROW)
  const { rows } = live.book
  return (
    <main>
      <TorrentTable
        {...torrents}
        history={live.history}
        isNarrow={isNarrow}
        onSort={torrents.sortBy}
        onClick={(row, event) => {
          torrents.click(row, event)
          if (isNarrow) page.setDetailOpen(true)
        }}
        onOpen={() => page.setDetailOpen(true)}
        onMenu={(row, event) => {
          event.preventDefault()
          torrents.choose(row.id)
          setMenu({ x: event.clientX, y: event.clientY })
        }}
        onReorder={(row, target) => void page.act([row.id], { type: 'queue', to: target.queuePosition })}
      />
      {live.connection === 'connected' && rows.size === 0 && <Empty />}
    </main>
  )
}

/** The rates where tabs of the browser show them. */
function useTitle({ book: { session }, connection }: Live): void {
  const rates = `↓ ${format.rate(session?.downloadBps ?? 0) || '0'} ↑ ${format.rate(session?.uploadBps ?? 0) || '0'}`
  const title = connection === 'connected' ? `${rates} · ccbt` : 'ccbt'
  useEffect(() => {
    document.title = title
  }, [title])
}

function Empty(): JSX.Element {
  return (
    <div class="empty">
      <p>There are no torrents yet.</p>
      <p class="muted">Choose Add, drop a torrent file here, or paste a magnet link.</p>
    </div>
  )
}
