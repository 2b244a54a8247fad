// What a daemon does by itself, put together: the guard of the disks.

import type { Report } from './automation-note.ts'
import type { Engine } from './engine/engine.ts'
import { DiskGuard } from './guard/disk-guard.ts'

/** What a daemon does by itself. */
export interface AutomationOptions {
  /** Room that downloads leave on every disk. Absent = none, and only a full disk stops them. */
  readonly minFreeBytes?: number
}

/** What automation works with. */
export interface AutomationParts {
  readonly engine: Engine
  readonly options: AutomationOptions
  readonly report: Report
}

/** Begins with everything that was asked for; it ends when it is disposed. */
export function startAutomation({ engine, options, report }: AutomationParts): AsyncDisposable {
  const stack = new AsyncDisposableStack()
  const { minFreeBytes = 0 } = options
  stack.use(new DiskGuard({ torrents: () => engine.torrents(), session: engine.session, minFreeBytes, report }))
  return stack
}
