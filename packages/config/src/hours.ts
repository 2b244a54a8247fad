// Hours of a week as text: `mon-fri 08:00-18:00`, `sun 22:00-06:00`, `daily 01:00-07:00`.

/** A span of local time on certain days, as the session takes it. */
export interface Hours {
  /** 0 = Sunday to 6 = Saturday. */
  readonly days: readonly number[]
  readonly from: string
  readonly to: string
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const TIME = '(?:[01]\\d|2[0-3]):[0-5]\\d'
const FORM = new RegExp(`^(\\w{3})(?:-(\\w{3}))? (${TIME})-(${TIME}|24:00)$`)

/** Reads such a text; `undefined` when it is none. Days may go over the end of the week: `sat-mon`. */
export function parseHours(text: string): Hours | undefined {
  const [, first = '', last = first, from = '', to = ''] =
    FORM.exec(text.toLowerCase().replace(/^daily /, 'sun-sat ')) ?? []
  const begin = DAYS.indexOf(first)
  const end = DAYS.indexOf(last)
  if (begin === -1 || end === -1) return undefined
  const count = ((end - begin + DAYS.length) % DAYS.length) + 1
  const days = Array.from({ length: count }, (_, i) => (begin + i) % DAYS.length)
  return { days, from, to }
}
