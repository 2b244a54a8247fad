// Which handshake a peer is dialled with. A peer that refuses the first choice gets the other one on a fresh connection;
// what it took is remembered, so that it is asked first the next time.

import type { KnownPeer } from './peer-book.ts'

/**
 * `disabled`: plain connections only. `allowed`: plain, encrypted where a peer refuses that; peers may encrypt.
 * `preferred`: encrypted, plain where a peer refuses that. `required`: encrypted with RC4 or not at all.
 */
export type EncryptionPolicy = 'disabled' | 'allowed' | 'preferred' | 'required'

/** Whether the next connection to this peer begins with an encrypted handshake. */
export function dialsEncrypted(policy: EncryptionPolicy, { wantsOtherHandshake }: KnownPeer): boolean {
  switch (policy) {
    case 'disabled':
      return false
    case 'allowed':
      return wantsOtherHandshake
    case 'preferred':
      return !wantsOtherHandshake
    case 'required':
      return true
  }
}

/** Whether a torrent with this policy takes a connection that somebody else has made. */
export function admits(policy: EncryptionPolicy, { isEncrypted }: { readonly isEncrypted: boolean }): boolean {
  if (policy === 'required') return isEncrypted
  return policy !== 'disabled' || !isEncrypted
}

/** The peer has refused the handshake that it was dialled with. True: the other one is worth an attempt at once. */
export function changesHandshake(policy: EncryptionPolicy, peer: KnownPeer): boolean {
  if (policy === 'disabled' || policy === 'required') return false
  peer.wantsOtherHandshake = !peer.wantsOtherHandshake
  return peer.wantsOtherHandshake
}
