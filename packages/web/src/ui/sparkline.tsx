// The last minute of a torrent in the width of a word: what comes in as an area, what goes out as a line.

import type { JSX } from 'preact'

import type { RatePair } from '../model/rate-history.ts'

const SAMPLES = 60
const HEIGHT = 20

/** A small graph without numbers: those are beside it. */
export function Sparkline({ rates }: { readonly rates: RatePair | undefined }): JSX.Element {
  const down = rates?.down.last(SAMPLES) ?? []
  const up = rates?.up.last(SAMPLES) ?? []
  const top = Math.max(1, ...down, ...up)
  return (
    <svg class="sparkline" viewBox={`0 0 ${SAMPLES - 1} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {down.some((bps) => bps > 0) && (
        <path class="area-down" d={`${line(down, top)}V${HEIGHT}H${SAMPLES - down.length}Z`} />
      )}
      {up.some((bps) => bps > 0) && <path class="line-up" d={line(up, top)} />}
    </svg>
  )
}

function line(values: readonly number[], top: number): string {
  const first = SAMPLES - values.length
  const point = (value: number, i: number): string =>
    `${first + i} ${((1 - value / top) * (HEIGHT - 2) + 1).toFixed(1)}`
  return `M${values.map(point).join('L')}`
}
