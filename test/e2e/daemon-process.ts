// A real daemon in a folder of its own, on loopback addresses, which knows nobody.

import { join } from 'node:path'
import type { DaemonAddress } from '@ccbt/rpc-client'
import { CliProcess, NODE_ARGUMENTS, runCli } from './cli-process.ts'
import type { CliOptions, CliResult } from './cli-process.ts'

const QUIET_NETWORK = {
  CCBT_NETWORK__BIND: '127.0.0.1',
  CCBT_DHT__ENABLED: 'false',
  CCBT_LSD__ENABLED: 'false',
  CCBT_PORT_MAPPING__ENABLED: 'false',
}

/** Where a daemon runs, and the commands that ask it. */
export class DaemonHome {
  readonly options: CliOptions
  readonly stateDir: string
  readonly address: DaemonAddress

  constructor(folder: string) {
    this.options = { cwd: folder, env: { HOME: folder, ...QUIET_NETWORK } }
    this.stateDir = join(folder, '.state', 'ccbt')
    this.address = { socketPath: join(this.stateDir, 'daemon.sock') }
  }

  /** Runs a command to its end. */
  run(...args: readonly string[]): Promise<CliResult> {
    return runCli(args, this.options)
  }

  /** Starts `ccbt daemon run` with `args` and returns when it is ready. */
  async start(...args: readonly string[]): Promise<DaemonProcess> {
    const process = this.spawn(...args)
    const { urls } = await process.untilEvent('ready')
    return { process, urls: urls as string[], [Symbol.asyncDispose]: () => process[Symbol.asyncDispose]() }
  }

  /** Starts `ccbt daemon run` with `args`. */
  spawn(...args: readonly string[]): CliProcess {
    return new CliProcess(['daemon', 'run', '--json', '--http', '127.0.0.1:0', ...args], this.options)
  }

  /** The same with at most so many open files. */
  spawnWithFiles(limit: number): CliProcess {
    const command = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, ...NODE_ARGUMENTS] as const
    return new CliProcess(['daemon', 'run', '--json', '--http', '127.0.0.1:0'], { ...this.options, command })
  }
}

/** A daemon that is ready. */
export interface DaemonProcess extends AsyncDisposable {
  readonly process: CliProcess
  readonly urls: readonly string[]
}
