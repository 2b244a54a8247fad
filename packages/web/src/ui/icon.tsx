// Signs of 16 by 16 in the colour of the text. None of them stands without a text or a label.

import type { JSX } from 'preact'

const PATHS = {
  down: 'M8 2v9M4 7.5 8 11.5l4-4M3 14h10',
  up: 'M8 11.5v-9M4 6 8 2l4 4M3 14h10',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3v10l8-5z',
  check: 'M3 8.5 6.5 12 13 4.5',
  alert: 'M8 2 1.5 13.5h13zM8 6.5v3.5M8 11.8v.2',
  wait: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2 1.4',
  scan: 'M13.5 8a5.5 5.5 0 1 1-1.6-3.9M13.5 1.8v3h-3',
  plus: 'M8 3v10M3 8h10',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  sun: 'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13 9.7A5.5 5.5 0 0 1 6.3 3 5.5 5.5 0 1 0 13 9.7z',
  gauge: 'M2.5 12a6 6 0 1 1 11 0M8 10l3-4',
  gear: 'M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4',
  lines: 'M3 4h10M3 8h10M3 12h7',
  help: 'M6 6a2 2 0 1 1 2.7 1.9c-.5.2-.7.6-.7 1.1v.5M8 12v.2',
  close: 'M4 4l8 8M12 4l-8 8',
  filter: 'M2 3.5h12L9.5 8.5V13l-3-1.5v-3z',
  open: 'M4 6.5 8 10.5l4-4',
  shut: 'M6.5 4l4 4-4 4',
  file: 'M4 2h5l3 3v9H4zM9 2v3h3',
} as const

/** Name of a sign. */
export type IconName = keyof typeof PATHS

/** A sign; readers of screens skip it. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
