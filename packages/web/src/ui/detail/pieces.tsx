// Which pieces are there, as a map of squares; drawn on a canvas, because a torrent may have a million of them.

import type { TorrentDetail } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

import * as format from '../../model/format.ts'
import { decodeHave, pieceCells } from '../../model/piece-map.ts'

/** Pixels of a square with its gap. */
const PITCH = 9
const GAP = 1
const MAX_ROWS = 60

/** The map, and in words what it shows. */
export function PiecesTab({ detail }: { readonly detail: TorrentDetail }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { pieces, have } = detail
  useLayoutEffect(() => {
    if (canvas.current !== null) draw(canvas.current, decodeHave(have), pieces)
  })
  if (pieces === 0) return <p class="notice">The pieces are known when the metadata has come.</p>
  const done = pieceCells(decodeHave(have), pieces, 1)[0] ?? 0
  const text = `${format.count(Math.round(done * pieces))} of ${format.count(pieces)} pieces of ${format.bytes(detail.pieceLength)} are here`
  return (
    <div class="pieces">
      <p>
        {text}. <span class="muted">A square is one piece or several; the fuller, the more of them are here.</span>
      </p>
      <canvas ref={canvas} role="img" aria-label={text} />
    </div>
  )
}

function draw(canvas: HTMLCanvasElement, have: Uint8Array, pieces: number): void {
  const width = canvas.parentElement?.clientWidth ?? 0
  const columns = Math.max(Math.floor(width / PITCH) - 2, 1)
  const cells = pieceCells(have, pieces, columns * MAX_ROWS)
  const rows = Math.ceil(cells.length / columns)
  const scale = devicePixelRatio
  canvas.width = columns * PITCH * scale
  canvas.height = rows * PITCH * scale
  canvas.style.width = `${columns * PITCH}px`
  canvas.style.height = `${rows * PITCH}px`
  const context = canvas.getContext('2d')
  if (context === null) return
  const style = getComputedStyle(canvas)
  const [empty, full] = [style.getPropertyValue('--track'), style.getPropertyValue('--down')]
  context.scale(scale, scale)
  for (const [i, share] of cells.entries()) {
    const [x, y] = [(i % columns) * PITCH, Math.floor(i / columns) * PITCH]
    context.fillStyle = empty
    context.fillRect(x, y, PITCH - GAP, PITCH - GAP)
    // From the bottom, so that a part is told by its height and not by its shade.
    const height = share === 0 ? 0 : Math.max(1, Math.round(share * (PITCH - GAP)))
    context.fillStyle = full
    context.fillRect(x, y + PITCH - GAP - height, PITCH - GAP, height)
  }
}
