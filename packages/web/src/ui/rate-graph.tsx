// Rates over time with a scale.

import type { JSX } from 'preact'

import * as format from '../model/format.ts'
import type { RatePair } from '../model/rate-history.ts'

const WIDTH = 600
const HEIGHT = 160

/** Both directions over the last `samples` seconds, newest on the right. */
export function RateGraph({
  rates,
  samples,
}: {
  readonly rates: RatePair | undefined
  readonly samples: number
}): JSX.Element {
  const down = rates?.down.last(samples) ?? []
  const up = rates?.up.last(samples) ?? []
  const top = Math.max(1024, ...down, ...up)
  const [now, nowUp] = [format.rate(down.at(-1) ?? 0) || '0 B/s', format.rate(up.at(-1) ?? 0) || '0 B/s']
  const title = `Now ${now} down, ${nowUp} up; at most ${format.rate(top)}`
  return (
    <figure class="graph">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={title}>
        {[0.25, 0.5, 0.75].map((share) => (
          <path key={share} class="graph-line" d={`M0 ${HEIGHT * share}H${WIDTH}`} />
        ))}
        {down.length > 1 && (
          <path class="area-down" d={`${path(down, top, samples)}V${HEIGHT}H${x(0, down, samples)}Z`} />
        )}
        {down.length > 1 && <path class="line-down" d={path(down, top, samples)} />}
        {up.some((bps) => bps > 0) && <path class="line-up" d={path(up, top, samples)} />}
      </svg>
      <span class="graph-top">{format.rate(top)}</span>
      <figcaption>
        <span class="key-down">Down {now}</span>
        <span class="key-up">Up {nowUp}</span>
        <span class="muted">last {format.span(samples)}, since this page was opened</span>
      </figcaption>
    </figure>
  )
}

function x(i: number, values: readonly number[], samples: number): string {
  return (((samples - values.length + i) / (samples - 1)) * WIDTH).toFixed(1)
}

function path(values: readonly number[], top: number, samples: number): string {
  const points = values.map(
    (value, i) => `${x(i, values, samples)} ${((1 - value / top) * (HEIGHT - 4) + 2).toFixed(1)}`,
  )
  return `M${points.join('L')}`
}
