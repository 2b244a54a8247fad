// The files of a torrent as a tree, for choosing before a torrent is added and for looking at afterwards.

import type { ComponentChildren, JSX } from 'preact'
import { useMemo, useState } from 'preact/hooks'

import { treeRows } from '../model/file-tree.ts'
import type { TreeFile, TreeNode } from '../model/file-tree.ts'
import * as format from '../model/format.ts'
import { safeText } from '../model/safe-text.ts'
import { Icon } from './icon.tsx'
import { VirtualList } from './virtual-list.tsx'

const ROW_HEIGHT = 28

/** What the list is made of. */
export interface FileListProps<F extends TreeFile> {
  readonly files: readonly F[]
  readonly isWanted: (file: F) => boolean
  readonly onWant: (files: readonly F[], isWanted: boolean) => void
  /** Further cells of a row. */
  readonly cells?: (node: TreeNode<F>) => ComponentChildren
}

/** A tree with a box to tick for each folder and file. */
export function FileList<F extends TreeFile>({ files, isWanted, onWant, cells }: FileListProps<F>): JSX.Element {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => treeRows(files, closed), [files, closed])
  const toggle = (path: string): void => {
    const next = new Set(closed)
    if (!next.delete(path)) next.add(path)
    setClosed(next)
  }
  const row = (node: TreeNode<F>): ComponentChildren => {
    const wanted = node.files.filter(isWanted).length
    const name = safeText(node.name)
    return (
      <div class="row file-row" role="row" key={node.path}>
        <div class="cell cell-name" role="cell" style={{ paddingLeft: `${Math.min(node.depth, 12) * 18}px` }}>
          {node.file === undefined ? (
            <button
              type="button"
              class="quiet fold"
              aria-expanded={!closed.has(node.path)}
              aria-label={name}
              onClick={() => toggle(node.path)}
            >
              <Icon name={closed.has(node.path) ? 'shut' : 'open'} />
            </button>
          ) : (
            <span class="fold" />
          )}
          <label class="tick clip">
            <input
              type="checkbox"
              checked={wanted > 0}
              ref={(box: HTMLInputElement | null) => {
                if (box !== null) box.indeterminate = wanted > 0 && wanted < node.files.length
              }}
              onChange={() => onWant(node.files, wanted < node.files.length)}
            />
            <bdi class="clip" title={name}>
              {name}
            </bdi>
          </label>
        </div>
        <div class="cell cell-size" role="cell">
          {format.bytes(node.length)}
        </div>
        {cells?.(node)}
      </div>
    )
  }
  return <VirtualList class="files" label="Files" items={rows} rowHeight={ROW_HEIGHT} row={row} />
}
