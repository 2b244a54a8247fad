// Which extension has which message id: ours, which the peer uses when it sends to us, and the peer's, which we use when
// we send to it (BEP 10). An extension plugs in by `register` before the handshake is sent.

import type { ExtensionHandshake } from './extension-handshake.ts'

/** The extensions of one connection. */
export interface ExtensionTable {
  /** Registers an extension of ours and gives its message id (1, 2, …). */
  register(name: string): number
  /** The `m` of our handshake. */
  readonly local: ReadonlyMap<string, number>
  /** The name behind an id that the peer sent, or undefined. */
  nameOf(id: number): string | undefined
  /** Takes over what a handshake says; a later one changes only what it names, and 0 switches off. */
  update(handshake: Pick<ExtensionHandshake, 'm'>): void
  /** The id to send `name` with, or undefined when the peer does not take it. */
  remoteId(name: string): number | undefined
}

/** An empty table. */
export function createExtensionTable(): ExtensionTable {
  const local = new Map<string, number>()
  const remote = new Map<string, number>()
  return {
    local,
    register(name) {
      const id = local.get(name) ?? local.size + 1
      local.set(name, id)
      return id
    },
    nameOf(id) {
      for (const [name, localId] of local) if (localId === id) return name
      return undefined
    },
    update(handshake) {
      for (const [name, id] of handshake.m) {
        if (id === 0) remote.delete(name)
        // Only what we have too is kept, so the map is bounded by our own table.
        else if (local.has(name)) remote.set(name, id)
      }
    },
    remoteId: (name) => remote.get(name),
  }
}
