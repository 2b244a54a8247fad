// Where the daemon is that a command asks: at the address that was given, or on the socket in the state folder.

import { join } from 'node:path'
import { isCcbtError } from '@ccbt/primitives'
import { daemonAddress } from '@ccbt/rpc-client'
import type { DaemonAddress } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { loadConfiguration } from '../configuration/configuration.ts'
import { defaultStateFolder } from '../configuration/state-folder.ts'

/** The socket of the daemon whose state is in `stateFolder`. */
export function socketIn(stateFolder: string): DaemonAddress {
  return { socketPath: join(stateFolder, 'daemon.sock') }
}

/** @throws RPC_ADDRESS_INVALID */
export async function addressOf({ daemon, token, stateDir }: ClientFlags): Promise<DaemonAddress> {
  if (daemon !== undefined) return daemonAddress(daemon, token)
  return socketIn(await stateFolderOf(stateDir))
}

/** The state folder that the flag, the environment or the configuration names. */
export async function stateFolderOf(stateDir: string | undefined): Promise<string> {
  try {
    const { stateFolder } = await loadConfiguration(stateDir === undefined ? {} : { stateDir })
    return stateFolder
  } catch (error) {
    // A file that cannot be used must not keep anybody from the daemon that runs.
    if (isCcbtError(error, 'CONFIG_INVALID')) return stateDir ?? defaultStateFolder(process.env)
    throw error
  }
}
