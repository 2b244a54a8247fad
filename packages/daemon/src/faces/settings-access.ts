// The daemon's configuration as whoever started the daemon lets faces see and change it.

import type { SettingView } from '@ccbt/rpc-client'

/** A setting to change. */
export interface SettingChange {
  readonly key: string
  /** Undefined takes an earlier change back. */
  readonly text: string | undefined
  /** Asked by the owner of the daemon, not over the network. */
  readonly isOwner: boolean
}

/** A configuration for faces. */
export interface SettingsAccess {
  /** All settings, as the owner or whoever comes over the network may change them. */
  list(isOwner: boolean): readonly SettingView[]
  /** Gives the setting as it is then. Rejects with an error of the blame `input` that says in one line why not. */
  change(change: SettingChange): Promise<SettingView>
}
