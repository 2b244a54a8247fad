// Which pieces are there, and how many peers have the others, as a map of squares; drawn on a canvas, because a torrent may
// have a million of them. Shades differ by how light they are, and what nobody has is crossed out: no two are told by hue
// alone.

import type { TorrentDetail } from '@ccbt/rpc-client'
import type { JSX } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

import * as format from '../../model/format.ts'
import { decodeBytes, MANY_PEERS, pieceCells, supplyOf } from '../../model/piece-map.ts'
import type { Supply } from '../../model/piece-map.ts'

/** Pixels of a square with its gap. */
const PITCH = 9
const GAP = 1
const SIDE = PITCH - GAP
const MAX_ROWS = 60

/** Of what is missing, and of the crosses on it. */
const COLOURS: Readonly<Record<Supply, string>> = {
  unknown: '--track',
  many: '--track',
  few: '--supply-few',
  one: '--supply-one',
  nobody: '--ground',
}
const CROSS_COLOUR = '--bad'

const LEGEND: readonly (readonly [Supply, string])[] = [
  ['many', `${MANY_PEERS} peers or more`],
  ['few', `2 to ${MANY_PEERS - 1}`],
  ['one', 'one'],
  ['nobody', 'nobody who is connected'],
]

/** The map, and in words what it shows. */
export function PiecesTab({ detail }: { readonly detail: TorrentDetail }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { pieces } = detail
  const have = decodeBytes(detail.have)
  const parts = decodeBytes(detail.availability ?? '')
  useLayoutEffect(() => {
    if (canvas.current !== null) draw(canvas.current, { have, pieces, parts })
  })
  if (pieces === 0) return <p class="notice">The pieces are known when the metadata has come.</p>
  const done = Math.round((pieceCells(have, pieces, 1)[0] ?? 0) * pieces)
  const size = format.bytes(detail.pieceLength)
  const text = `${format.count(done)} of ${format.count(pieces)} pieces of ${size} are here`
  return (
    <div class="pieces">
      <p>
        {text}. <span class="muted">A square is one piece or several; the fuller, the more of them are here.</span>
      </p>
      {done < pieces && parts.length > 0 && <Legend />}
      <canvas ref={canvas} role="img" aria-label={text} />
    </div>
  )
}

function Legend(): JSX.Element {
  return (
    <p class="legend">
      What is missing is with
      {LEGEND.map(([supply, text]) => (
        <span key={supply}>
          <svg viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
            <rect width={SIDE} height={SIDE} style={{ fill: `var(${COLOURS[supply]})` }} />
            {supply === 'nobody' && (
              <path d={`M0 0L${SIDE} ${SIDE}M${SIDE} 0L0 ${SIDE}`} style={{ stroke: `var(${CROSS_COLOUR})` }} />
            )}
          </svg>
          {text}
        </span>
      ))}
    </p>
  )
}

interface Pieces {
  readonly have: Uint8Array
  readonly pieces: number
  /** Connections by equal parts of the torrent. */
  readonly parts: Uint8Array
}

function draw(canvas: HTMLCanvasElement, { have, pieces, parts }: Pieces): void {
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
  const colours = new Map(Object.values(COLOURS).map((name) => [name, style.getPropertyValue(name)]))
  const here = style.getPropertyValue('--down')
  context.scale(scale, scale)
  context.strokeStyle = style.getPropertyValue(CROSS_COLOUR)
  for (const [i, share] of cells.entries()) {
    const [x, y] = [(i % columns) * PITCH, Math.floor(i / columns) * PITCH]
    const supply = supplyOf(parts, i, cells.length)
    context.fillStyle = colours.get(COLOURS[supply]) ?? ''
    context.fillRect(x, y, SIDE, SIDE)
    if (supply === 'nobody' && share < 1) drawCross(context, x, y)
    // From the bottom, so that a part is told by its height and not by its shade.
    const height = share === 0 ? 0 : Math.max(1, Math.round(share * SIDE))
    context.fillStyle = here
    context.fillRect(x, y + SIDE - height, SIDE, height)
  }
}

function drawCross(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x + SIDE, y + SIDE)
  context.moveTo(x + SIDE, y)
  context.lineTo(x, y + SIDE)
  context.stroke()
}
