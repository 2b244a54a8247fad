// When a server wants to be asked again: the field of RFC 9110, 10.2.3, or the body of BEP 17.

/** A server can neither make us hammer it nor forget it. */
const MIN_MS = 1000
const MAX_MS = 3_600_000
/** What the three forms of RFC 9110, 5.6.7 have in common. */
const HTTP_DATE = /^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/

/** What an answer says about the next try. */
export interface RetryHints {
  readonly fields: ReadonlyMap<string, string>
  /** The beginning of the body. */
  readonly text: string
}

/**
 * Milliseconds to wait, between a second and an hour; `undefined` when the answer does not say. A date counts from the
 * answer's own date, as clocks differ; `nowMs`, in Unix time, stands in for it.
 */
export function retryAfterMs({ fields, text }: RetryHints, nowMs: number): number | undefined {
  const field = fields.get('retry-after')
  const wait = field === undefined ? secondsOf(text) : (secondsOf(field) ?? untilDate(field, fields.get('date'), nowMs))
  return wait === undefined ? undefined : Math.min(MAX_MS, Math.max(MIN_MS, wait))
}

/** BEP 17 has the bare number; some scripts write a sentence around it. */
function secondsOf(text: string): number | undefined {
  const match = /^\s*(?:retry in )?(\d{1,9})(?: ?s(?:ec(?:onds?)?)?)?\.?\s*$/i.exec(text)
  return match === null ? undefined : Number(match[1]) * 1000
}

function untilDate(field: string, answerDate: string | undefined, nowMs: number): number | undefined {
  // Date.parse reads nearly anything as a date.
  const until = HTTP_DATE.test(field) ? Date.parse(field) : Number.NaN
  const sent = Date.parse(answerDate ?? '')
  return Number.isNaN(until) ? undefined : until - (Number.isNaN(sent) ? nowMs : sent)
}
