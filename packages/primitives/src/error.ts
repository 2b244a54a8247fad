// The one error class of the project. A code says what went wrong, blame says who has to react.
// Each package adds its codes to `ErrorContext` in its own errors.ts; a released code is never renamed.

/** Whose fault an error is; decides the reaction (disconnect, back off, fail the torrent, reject the call, crash report). */
export type Blame = 'peer' | 'remote' | 'disk' | 'input' | 'us'

/** Maps each error code to its context. Packages augment it with `declare module '@ccbt/primitives'`. */
export interface ErrorContext {
  /** A broken invariant of our own. */
  INTERNAL_BUG: { what: string }
  /** The caller aborted; not a failure. */
  ABORTED: Record<string, never>
}

export type ErrorCode = keyof ErrorContext

/** What the constructor of {@link CcbtError} takes besides code and message. */
export interface CcbtErrorOptions<C extends ErrorCode> {
  readonly blame: Blame
  readonly context: ErrorContext[C]
  readonly cause?: unknown
}

/**
 * An error with a stable code, the party to blame and typed context.
 * @example throw new CcbtError('INTERNAL_BUG', 'block counted twice', { blame: 'us', context: { what: 'ledger' } })
 */
export class CcbtError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly blame: Blame
  readonly context: Readonly<ErrorContext[C]>
  /** Marks the class across two copies of this package, where `instanceof` fails. */
  readonly isCcbtError: true = true

  constructor(code: C, message: string, options: CcbtErrorOptions<C>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CcbtError'
    this.code = code
    this.blame = options.blame
    this.context = options.context
  }
}

/** Recognises a {@link CcbtError}, also one made by another copy of this package. */
export function isCcbtError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is CcbtError<C> {
  if (typeof error !== 'object' || error === null || !('isCcbtError' in error)) return false
  return code === undefined || ('code' in error && error.code === code)
}

/** The error of a broken invariant: blame is ours. */
export function bug(what: string): CcbtError<'INTERNAL_BUG'> {
  return new CcbtError('INTERNAL_BUG', `internal error: ${what}`, { blame: 'us', context: { what } })
}
