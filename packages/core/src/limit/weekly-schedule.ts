// When in a week something holds: spans of local time on certain days.

import { CcbtError } from '@ccbt/primitives'

/** One span; it belongs to the day on which it begins. */
export interface WeeklySpan {
  /** 0 = Sunday to 6 = Saturday. */
  readonly days: readonly number[]
  /** `HH:MM`, 00:00 to 23:59, local time. */
  readonly from: string
  /** `HH:MM`, up to 24:00; not later than `from` = on the next day. */
  readonly to: string
}

interface Span {
  readonly days: ReadonlySet<number>
  readonly fromMinute: number
  /** More than a day where the span ends on the next. */
  readonly toMinute: number
}

const DAY_MINUTES = 1440

/** Spans of time that come again each week. */
export class WeeklySchedule {
  readonly #spans: readonly Span[]

  /** @throws LIMIT_SCHEDULE_INVALID */
  constructor(spans: readonly WeeklySpan[]) {
    this.#spans = spans.map(parseSpan)
  }

  /** Whether one of the spans includes the local time of `date`. */
  includes(date: Date): boolean {
    const minute = date.getHours() * 60 + date.getMinutes()
    const day = date.getDay()
    const yesterday = (day + 6) % 7
    return this.#spans.some(
      ({ days, fromMinute, toMinute }) =>
        (days.has(day) && minute >= fromMinute && minute < toMinute) ||
        (days.has(yesterday) && minute + DAY_MINUTES < toMinute),
    )
  }
}

function parseSpan({ days, from, to }: WeeklySpan): Span {
  for (const day of days) if (!Number.isInteger(day) || day < 0 || day > 6) throw invalid(`there is no day ${day}`)
  const fromMinute = minuteOf(from)
  const toMinute = minuteOf(to)
  if (fromMinute === DAY_MINUTES) throw invalid('a span begins at 23:59 at the latest')
  return { days: new Set(days), fromMinute, toMinute: toMinute > fromMinute ? toMinute : toMinute + DAY_MINUTES }
}

function minuteOf(time: string): number {
  const [, hours, minutes] = /^(\d\d):([0-5]\d)$/.exec(time) ?? []
  const minute = Number(hours) * 60 + Number(minutes)
  if (!(minute <= DAY_MINUTES)) throw invalid(`"${time}" is not a time of day such as 08:30`)
  return minute
}

function invalid(reason: string): CcbtError<'LIMIT_SCHEDULE_INVALID'> {
  return new CcbtError('LIMIT_SCHEDULE_INVALID', `the schedule of limits is wrong: ${reason}`, {
    blame: 'input',
    context: { reason },
  })
}
