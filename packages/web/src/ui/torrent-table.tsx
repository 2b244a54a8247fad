// The list of torrents.

import type { TorrentRow } from '@ccbt/rpc-client'
import type { ComponentChildren, HTMLAttributes, JSX } from 'preact'

import * as format from '../model/format.ts'
import { ratioOf } from '../model/query.ts'
import type { Query, SortKey } from '../model/query.ts'
import type { RateHistory } from '../model/rate-history.ts'
import { safeText } from '../model/safe-text.ts'
import type { Selection } from '../model/selection.ts'
import { PhaseText } from './phase.tsx'
import { Sparkline } from './sparkline.tsx'
import { VirtualList } from './virtual-list.tsx'

/** Heights of a row in pixels, as `30-list.css` has them. */
const ROW_HEIGHT = 30
const CARD_HEIGHT = 62

/** A column that can be sorted by, or that of the graphs. */
type ColumnKey = SortKey | 'activity'

interface Column {
  readonly key: ColumnKey
  readonly title: string
  readonly hint?: string
}

const COLUMNS: readonly Column[] = [
  { key: 'queue', title: '#', hint: 'Place in the queue' },
  { key: 'name', title: 'Name' },
  { key: 'size', title: 'Size' },
  { key: 'progress', title: 'Done' },
  { key: 'status', title: 'Status' },
  { key: 'activity', title: 'Last minute' },
  { key: 'down', title: 'Down' },
  { key: 'up', title: 'Up' },
  { key: 'eta', title: 'Left', hint: 'Time until it is complete' },
  { key: 'peers', title: 'Peers' },
  { key: 'ratio', title: 'Ratio', hint: 'Uploaded over downloaded' },
  { key: 'added', title: 'Added' },
]

/** What the list is made of. */
export interface TorrentTableProps {
  readonly rows: readonly TorrentRow[]
  readonly history: RateHistory
  readonly query: Query
  readonly selection: Selection
  readonly isNarrow: boolean
  readonly onSort: (key: SortKey) => void
  readonly onClick: (row: TorrentRow, event: MouseEvent) => void
  readonly onOpen: (row: TorrentRow) => void
  readonly onMenu: (row: TorrentRow, event: MouseEvent) => void
  /** A row was dropped on another: it takes that place in the queue. */
  readonly onReorder: (row: TorrentRow, target: TorrentRow) => void
}

/** The list; only rows on the screen exist. */
export function TorrentTable(props: TorrentTableProps): JSX.Element {
  const { rows, query, selection, isNarrow, onSort } = props
  return (
    <VirtualList
      class={`torrents${isNarrow ? ' is-narrow' : ''}`}
      role="grid"
      label="Torrents"
      items={rows}
      rowHeight={isNarrow ? CARD_HEIGHT : ROW_HEIGHT}
      shown={rows.findIndex(({ id }) => id === selection.cursor)}
      head={isNarrow ? undefined : <Head query={query} onSort={onSort} />}
      row={(row, index) => <Row key={row.id} row={row} index={index} table={props} />}
    />
  )
}

function Head({ query, onSort }: { readonly query: Query; readonly onSort: (key: SortKey) => void }): JSX.Element {
  return (
    <div class="list-head torrent-columns" role="row">
      {COLUMNS.map(({ key, title, hint }) => {
        const isSorted = query.sort === key
        const direction = query.isDescending ? 'descending' : 'ascending'
        if (key === 'activity') return <HeadCell key={key} of={key} title={title} />
        return (
          <div key={key} class={`cell cell-${key}`} role="columnheader" aria-sort={isSorted ? direction : 'none'}>
            <button
              type="button"
              class="sort"
              title={hint ?? `Sort by ${title.toLowerCase()}`}
              onClick={() => onSort(key)}
            >
              {title}
              {isSorted && <span aria-hidden="true">{query.isDescending ? '\u00a0▾' : '\u00a0▴'}</span>}
            </button>
          </div>
        )
      })}
    </div>
  )
}

function HeadCell({ of, title }: { readonly of: ColumnKey; readonly title: string }): JSX.Element {
  return (
    <div class={`cell cell-${of}`} role="columnheader">
      {title}
    </div>
  )
}

interface RowProps {
  readonly row: TorrentRow
  readonly index: number
  readonly table: TorrentTableProps
}

/** Type under which a row is dragged; a file from outside has another. */
const DRAG_TYPE = 'application/x-ccbt-torrent'

function Row({ row, index, table }: RowProps): JSX.Element {
  const { selection, history, isNarrow, onClick, onOpen, onMenu, query } = table
  const isSelected = selection.ids.has(row.id)
  const isCursor = selection.cursor === row.id
  const classes = `row torrent-columns${isSelected ? ' is-selected' : ''}${isCursor ? ' is-cursor' : ''}`
  return (
    <div
      class={classes}
      id={`torrent-${row.id}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      draggable={query.sort === 'queue' && row.queuePosition > 0}
      onClick={(event) => onClick(row, event)}
      onDblClick={() => onOpen(row)}
      onContextMenu={(event) => onMenu(row, event)}
      {...dragHandlers(row, table)}
    >
      {isNarrow ? <Card row={row} /> : <Cells row={row} history={history} />}
    </div>
  )
}

function dragHandlers(row: TorrentRow, { rows, onReorder }: TorrentTableProps): HTMLAttributes<HTMLDivElement> {
  return {
    onDragStart: (event) => event.dataTransfer?.setData(DRAG_TYPE, String(row.id)),
    onDragOver: (event) => {
      if (event.dataTransfer?.types.includes(DRAG_TYPE) === true && row.queuePosition > 0) event.preventDefault()
    },
    onDrop: (event) => {
      const id = Number(event.dataTransfer?.getData(DRAG_TYPE) ?? '')
      const dragged = rows.find((other) => other.id === id)
      if (dragged === undefined) return
      event.preventDefault()
      if (dragged !== row) onReorder(dragged, row)
    },
  }
}

function Cells({ row, history }: { readonly row: TorrentRow; readonly history: RateHistory }): JSX.Element {
  return (
    <>
      <Cell of="queue">{row.queuePosition || ''}</Cell>
      <Cell of="name">
        <Name row={row} />
      </Cell>
      <Cell of="size">{row.totalLength === 0 ? '–' : format.bytes(row.totalLength)}</Cell>
      <Cell of="progress">
        <ProgressBar row={row} />
      </Cell>
      <Cell of="status">
        <PhaseText row={row} />
      </Cell>
      <Cell of="activity">
        <Sparkline rates={history.of(row.id)} />
      </Cell>
      <Cell of="down">{format.rate(row.downloadBps)}</Cell>
      <Cell of="up">{format.rate(row.uploadBps)}</Cell>
      <Cell of="eta">{row.phase === 'downloading' ? format.span(row.etaS) : ''}</Cell>
      <Cell of="peers">{row.connections || ''}</Cell>
      <Cell of="ratio">{format.ratio(ratioOf(row))}</Cell>
      <Cell of="added">{format.day(row.addedAtMs)}</Cell>
    </>
  )
}

/** A torrent where the screen is small. */
function Card({ row }: { readonly row: TorrentRow }): JSX.Element {
  const rates = [
    row.downloadBps > 0 ? `↓ ${format.rate(row.downloadBps)}` : '',
    row.uploadBps > 0 ? `↑ ${format.rate(row.uploadBps)}` : '',
    row.phase === 'downloading' && row.etaS >= 0 ? format.span(row.etaS) : '',
  ]
  return (
    <>
      <Cell of="name">
        <Name row={row} />
      </Cell>
      <Cell of="progress">
        <ProgressBar row={row} />
      </Cell>
      <Cell of="status">
        <PhaseText row={row} />
        <span class="card-rates">{rates.filter((text) => text !== '').join(' · ')}</span>
        <span class="card-size">{row.totalLength === 0 ? '' : format.bytes(row.totalLength)}</span>
      </Cell>
    </>
  )
}

function Cell({ of, children }: { readonly of: ColumnKey; readonly children?: ComponentChildren }): JSX.Element {
  return (
    <div class={`cell cell-${of}`} role="gridcell">
      {children}
    </div>
  )
}

function Name({ row }: { readonly row: TorrentRow }): JSX.Element {
  const name = safeText(row.name)
  return (
    <>
      <bdi class="clip" title={name}>
        {name}
      </bdi>
      {row.labels.map((label) => (
        <bdi class="label" key={label}>
          {safeText(label)}
        </bdi>
      ))}
    </>
  )
}

/** The share that is done, as a bar and as a number. */
function ProgressBar({ row }: { readonly row: TorrentRow }): JSX.Element {
  const text = format.percent(row.progress)
  return (
    <div
      class={`bar bar-${row.phase}`}
      role="progressbar"
      aria-valuenow={Math.floor(row.progress * 100)}
      aria-label={text}
    >
      <div class="bar-done" style={{ width: `${Math.min(row.progress, 1) * 100}%` }} />
      <span class="bar-text">{text}</span>
    </div>
  )
}
