import { CcbtError, isCcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Nobody answers where the daemon should be. */
    RPC_UNREACHABLE: { address: string; reason: string }
    /** The daemon wants a password, or allows this not. */
    RPC_REFUSED: { address: string; status: number }
    /** The daemon understood, and says what is wrong. */
    RPC_FAILED: { reason: string }
    /** This is no address of a daemon. */
    RPC_ADDRESS_INVALID: { address: string }
  }
}

/** No connection, or an answer that is none of ours. */
export function unreachable(address: string, reason: string, cause?: unknown): CcbtError<'RPC_UNREACHABLE'> {
  return new CcbtError('RPC_UNREACHABLE', `cannot reach the daemon at ${address}: ${reason}`, {
    blame: 'remote',
    context: { address, reason },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Whether a call failed because nobody answers there. */
export function isUnreachable(error: unknown): boolean {
  return isCcbtError(error, 'RPC_UNREACHABLE')
}

/** Wrong or missing credentials. */
export function refused(address: string, status: number): CcbtError<'RPC_REFUSED'> {
  return new CcbtError('RPC_REFUSED', `the daemon at ${address} refuses access`, {
    blame: 'input',
    context: { address, status },
  })
}

/** What the daemon says. */
export function failed(reason: string): CcbtError<'RPC_FAILED'> {
  return new CcbtError('RPC_FAILED', reason, { blame: 'input', context: { reason } })
}

/** The user wrote something else. */
export function badAddress(address: string): CcbtError<'RPC_ADDRESS_INVALID'> {
  return new CcbtError('RPC_ADDRESS_INVALID', `'${address}' is no address such as http://host:9091`, {
    blame: 'input',
    context: { address },
  })
}
