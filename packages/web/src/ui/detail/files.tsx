// The files of a torrent with what is there of them and how urgent they are.

import type { FileView, TorrentDetail } from '@ccbt/rpc-client'
import type { JSX } from 'preact'

import type { TreeNode } from '../../model/file-tree.ts'
import * as format from '../../model/format.ts'
import { FileList } from '../file-list.tsx'
import { usePage } from '../page.ts'

const NORMAL = 4
const PRIORITIES: readonly (readonly [number, string])[] = [
  [0, 'Skip'],
  [1, 'Low'],
  [NORMAL, 'Normal'],
  [7, 'High'],
]

/** Files with their share and priority. */
export function FilesTab({ detail }: { readonly detail: TorrentDetail }): JSX.Element {
  const { act } = usePage()
  if (detail.files.length === 0) return <p class="notice">The files are known when the metadata has come.</p>
  const setPriority = (files: readonly FileView[], priority: number): void => {
    void act([detail.row.id], { type: 'priority', files: files.map(({ index }) => index), priority })
  }
  return (
    <FileList
      files={detail.files}
      isWanted={({ priority }) => priority > 0}
      onWant={(files, isWanted) => setPriority(files, isWanted ? NORMAL : 0)}
      cells={(node) => <ProgressCells node={node} onPriority={(priority) => setPriority(node.files, priority)} />}
    />
  )
}

interface ProgressCellsProps {
  readonly node: TreeNode<FileView>
  readonly onPriority: (priority: number) => void
}

function ProgressCells({ node, onPriority }: ProgressCellsProps): JSX.Element {
  const done = node.files.reduce((total, file) => total + file.done, 0)
  const share = node.length === 0 ? 1 : done / node.length
  const priority = commonPriority(node.files)
  return (
    <>
      <div class="cell cell-progress" role="cell">
        <div class="bar" role="progressbar" aria-valuenow={Math.floor(share * 100)} aria-label={format.percent(share)}>
          <div class="bar-done" style={{ width: `${share * 100}%` }} />
          <span class="bar-text">{format.percent(share)}</span>
        </div>
      </div>
      <div class="cell cell-priority" role="cell">
        <select
          aria-label="Priority"
          value={String(priority)}
          onChange={(event) => onPriority(Number(event.currentTarget.value))}
        >
          {priority === -1 && <option value="-1">mixed</option>}
          {options(priority).map(([value, title]) => (
            <option key={value} value={String(value)}>
              {title}
            </option>
          ))}
        </select>
      </div>
    </>
  )
}

/** The usual ones, and the present one when another face has set something between. */
function options(priority: number): readonly (readonly [number, string])[] {
  const isUsual = priority === -1 || PRIORITIES.some(([value]) => value === priority)
  return isUsual ? PRIORITIES : [...PRIORITIES, [priority, String(priority)]]
}

/** -1 = they differ. */
function commonPriority(files: readonly FileView[]): number {
  const first = files[0]?.priority ?? NORMAL
  return files.every(({ priority }) => priority === first) ? first : -1
}
