// What reading the configuration again came to.

import type { ReloadOutcome } from '@ccbt/rpc-client'

/** What reading the configuration again came to, in one line. */
export function reloadText({ changes, torrents = [], problems }: ReloadOutcome): string {
  const refused = problems.length === 0 ? [] : [`the configuration cannot be used: ${problems.join('; ')}`]
  const parts = [
    ...changes.map(({ key, before = 'not set', after = 'not set', apply }) => {
      return `${key}: ${before} -> ${after}${later(apply)}`
    }),
    ...torrents.map(({ key, count, apply }) => `${key} of ${count} torrent${count === 1 ? '' : 's'}${later(apply)}`),
  ]
  if (parts.length > 0) return [`configuration: ${parts.join(', ')}`, ...refused].join('; ')
  return refused[0] ?? 'nothing has changed since the configuration was read last'
}

function later(apply: 'live' | 'restart'): string {
  return apply === 'restart' ? ' (after a restart)' : ''
}
