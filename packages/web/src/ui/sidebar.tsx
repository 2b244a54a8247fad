// Filters by status, label and tracker, with how many torrents each has.

import type { JSX } from 'preact'

import * as format from '../model/format.ts'
import { EVERYTHING, STATUS_FILTERS } from '../model/query.ts'
import type { Facets, Query } from '../model/query.ts'
import { safeText } from '../model/safe-text.ts'

/** What the side bar is made of. */
export interface SidebarProps {
  readonly facets: Facets
  readonly query: Query
  readonly onQuery: (query: Query) => void
}

/** The filters. One of each kind can be set at a time; the same again takes it away. */
export function Sidebar({ facets: { statuses, labels, trackers }, query, onQuery }: SidebarProps): JSX.Element {
  const { label, tracker } = query
  return (
    <nav class="sidebar" aria-label="Filters">
      <h2>Status</h2>
      <ul>
        {STATUS_FILTERS.map(({ key, title }) => (
          <Entry
            key={key}
            title={title}
            count={statuses.get(key) ?? 0}
            isOn={query.status === key}
            onClick={() => onQuery({ ...query, status: query.status === key ? EVERYTHING.status : key })}
          />
        ))}
      </ul>
      <Group
        title="Labels"
        entries={labels.length === 1 && labels[0]?.[0] === '' ? [] : labels}
        chosen={label}
        onChoose={(name) => onQuery({ ...query, label: name === label ? undefined : name })}
      />
      <Group
        title="Trackers"
        entries={trackers}
        chosen={tracker}
        onChoose={(name) => onQuery({ ...query, tracker: name === tracker ? undefined : name })}
      />
    </nav>
  )
}

interface GroupProps {
  readonly title: string
  readonly entries: readonly (readonly [string, number])[]
  readonly chosen: string | undefined
  readonly onChoose: (name: string) => void
}

function Group({ title, entries, chosen, onChoose }: GroupProps): JSX.Element | null {
  // A filter whose last torrent has gone stays to be taken away.
  const isLost = chosen !== undefined && !entries.some(([name]) => name === chosen)
  const shown = isLost ? [...entries, [chosen, 0] as const] : entries
  if (shown.length === 0) return null
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {shown.map(([name, count]) => (
          <Entry
            key={name}
            title={name === '' ? 'None' : safeText(name)}
            count={count}
            isOn={chosen === name}
            onClick={() => onChoose(name)}
          />
        ))}
      </ul>
    </>
  )
}

interface EntryProps {
  readonly title: string
  readonly count: number
  readonly isOn: boolean
  readonly onClick: () => void
}

function Entry({ title, count, isOn, onClick }: EntryProps): JSX.Element {
  return (
    <li>
      <button type="button" class={`filter${count === 0 ? ' is-empty' : ''}`} aria-pressed={isOn} onClick={onClick}>
        <bdi class="clip">{title}</bdi>
        <span class="filter-count">{format.count(count)}</span>
      </button>
    </li>
  )
}
