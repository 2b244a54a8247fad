// The options of all commands that ask a daemon.

import type { Command } from 'commander'
import { Option } from 'commander'

/** Where the daemon is, and the form of the output. */
export interface ClientFlags {
  readonly daemon?: string
  readonly token?: string
  readonly stateDir?: string
  readonly json?: boolean
}

/** Adds `--daemon`, `--token`, `--state-dir` and `--json`. */
export function addClientOptions(command: Command): Command {
  return addDaemonOptions(command).option('--json', 'one JSON object per line')
}

/** Adds `--daemon`, `--token` and `--state-dir`. */
export function addDaemonOptions(command: Command): Command {
  return command
    .addOption(new Option('--daemon <url>', 'a daemon elsewhere: http://host:9091').env('CCBT_DAEMON'))
    .addOption(new Option('--token <token>', 'lets in there instead of user:password@').env('CCBT_TOKEN'))
    .option('--state-dir <dir>', "this computer's daemon with that state (default: as for add)")
}
