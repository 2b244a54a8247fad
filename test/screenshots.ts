// Pictures of what tests have seen, for whoever looks at a run: in the folder that CCBT_SCREENSHOTS names.

import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder for pictures, which is there. */
export function screenshotFolder(): string {
  const folder = resolve(process.env['CCBT_SCREENSHOTS'] ?? join(import.meta.dirname, '../coverage/screenshots'))
  mkdirSync(folder, { recursive: true })
  return folder
}
