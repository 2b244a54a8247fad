// A line of the log as text, and as an object for programs.

import type { LogLine } from '@ccbt/rpc-client'

/** How lines are written: for journald they begin with its priority and have no time of their own. */
export type LogFormat = 'text' | 'json' | 'journal'

const PRIORITIES = { debug: 7, info: 6, warning: 4, error: 3 } as const

/** One line without its end. */
export function lineText({ atMs, level, area, infoHash, text }: LogLine, format: LogFormat): string {
  const time = new Date(atMs).toISOString()
  if (format === 'json') {
    return JSON.stringify({ time, level, area, ...(infoHash === '' ? {} : { infoHash }), text })
  }
  const about = infoHash === '' ? area : `${area} ${infoHash.slice(0, 8)}`
  return format === 'journal' ? `<${PRIORITIES[level]}>${about}: ${text}` : `${time} ${level} ${about}: ${text}`
}
