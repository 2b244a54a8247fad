// The daemon as a process, for those who ask over remote control.

import type { DaemonControl, DaemonInfo } from '@ccbt/rpc-client'

import type { DaemonOptions } from './daemon.ts'
import type { Engine } from './engine/engine.ts'
import { invalidRequest } from './errors.ts'

/** What the control is about. */
export interface ControlParts {
  readonly options: DaemonOptions
  readonly engine: Engine
  /** Where remote control listens; may still grow. */
  readonly urls: readonly string[]
}

/** The control of the daemon in this process. */
export function controlOf({ options, engine, urls }: ControlParts): DaemonControl {
  return {
    info: async (): Promise<DaemonInfo> => ({
      pid: process.pid,
      version: options.version,
      stateDir: options.session.stateDir,
      startedAtMs: engine.startedAtMs,
      urls,
      downloadDirectory: options.downloadDirectory,
      torrents: engine.torrents().length,
    }),
    reload: async () => {
      if (options.onReload === undefined) throw invalidRequest('this daemon has no configuration to read again')
      return await options.onReload()
    },
    stop: async () => {
      if (options.onStop === undefined) throw invalidRequest('this daemon cannot be stopped from here')
      options.onStop()
    },
  }
}
