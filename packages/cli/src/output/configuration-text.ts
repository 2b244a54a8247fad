// A reload of the configuration in words.

import type { Change } from '@ccbt/config'
import { displayText } from '@ccbt/metainfo'

/** What is told about a reload: what is different, or why nothing is. */
export type ConfigurationReload = { readonly changes: readonly Change[] } | { readonly problems: readonly string[] }

/** A line for each change or problem. */
export function configurationText(reload: ConfigurationReload): string[] {
  if ('problems' in reload) {
    return reload.problems.map((problem) => displayText(`configuration not taken over: ${problem}`))
  }
  return reload.changes.map(({ key, before = 'not set', after = 'not set', apply }) => {
    const when = apply === 'live' ? '' : ' (from the next start on)'
    return displayText(`configuration: ${key} was ${before}, is ${after}${when}`)
  })
}
