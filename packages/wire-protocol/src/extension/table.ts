// Which extension has which message id (BEP 10): ours, which the peer uses when it sends to us, and the peer's, which we
// use when we send to it. Bounded by what is registered: of the peer's extensions only those that we have too are kept.

import { bug } from '@ccbt/primitives'

import type { ExtensionHandshake } from './extension-handshake.ts'

const MAX_ID = 255

/** The extensions of one connection. */
export interface ExtensionTable {
  /** Registers an extension of ours and gives its message id (1, 2, …); the same again for the same name. */
  register(name: string): number
  /** The `m` of our handshake. */
  readonly local: ReadonlyMap<string, number>
  /** The extension of ours behind the id of a received message, or undefined. */
  nameOf(id: number): string | undefined
  /**
   * Takes over the ids of a handshake. A later handshake changes only what it names; 0 switches an extension off. Of
   * two extensions that claim the same id the second is taken as off, because its messages would be misread.
   */
  update(handshake: Pick<ExtensionHandshake, 'm'>): void
  /** The id to send a message of `name` with, or undefined when the peer does not take it. */
  remoteId(name: string): number | undefined
}

/**
 * An empty table.
 * @example
 * const table = createExtensionTable()
 * table.register('ut_pex')
 */
export function createExtensionTable(): ExtensionTable {
  const local = new Map<string, number>()
  const names: string[] = []
  const remote = new Map<string, number>()
  return {
    local,
    register(name) {
      const known = local.get(name)
      if (known !== undefined) return known
      if (names.length === MAX_ID) throw bug('more than 255 extensions')
      local.set(name, names.push(name))
      return names.length
    },
    nameOf: (id) => names[id - 1],
    update({ m }) {
      for (const name of m.keys()) remote.delete(name)
      const taken = new Set(remote.values())
      for (const [name, id] of m) {
        if (id === 0 || taken.has(id) || !local.has(name)) continue
        taken.add(id)
        remote.set(name, id)
      }
    },
    remoteId: (name) => remote.get(name),
  }
}
