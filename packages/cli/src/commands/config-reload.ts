// `ccbt config reload`: a running daemon reads its configuration again.

import { displayText } from '@ccbt/metainfo'
import { createHttpControl } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { jsonLine } from '../output/json-lines.ts'
import { reloadText } from '../output/reload-text.ts'
import { processTerminal } from '../output/terminal.ts'

/** Prints what has changed; returns the exit status. */
export async function runConfigReload(flags: ClientFlags): Promise<number> {
  await using control = createHttpControl(await addressOf(flags))
  const outcome = await control.reload()
  const line = flags.json === true ? jsonLine({ event: 'configuration', ...outcome }) : displayText(reloadText(outcome))
  processTerminal().line(line)
  return outcome.problems.length === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code
}
