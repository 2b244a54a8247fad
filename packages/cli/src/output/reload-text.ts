// What reading the configuration again came to.

import type { ReloadOutcome } from '@ccbt/rpc-client'

/** What reading the configuration again came to, in one line. */
export function reloadText({ changes, problems }: ReloadOutcome): string {
  if (problems.length > 0) return `the configuration cannot be used: ${problems.join('; ')}`
  if (changes.length === 0) return 'the configuration is as it was'
  const parts = changes.map(({ key, before = 'not set', after = 'not set', apply }) => {
    return `${key}: ${before} -> ${after}${apply === 'restart' ? ' (after a restart)' : ''}`
  })
  return `configuration: ${parts.join(', ')}`
}
