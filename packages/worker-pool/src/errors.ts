import { CcbtError } from '@ccbt/primitives'
import type { Blame, ErrorCode, ErrorContext } from '@ccbt/primitives'

import type { PlainError } from './job.ts'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** A worker thread died while it had this job; the job is not tried again. */
    WORKER_CRASHED: { kind: string; reason: string }
    /** A job threw something that is not a CcbtError. `errno` is the system's code when it has one. */
    WORKER_JOB_FAILED: { kind: string; errno?: string }
    /** The pool was closed before the job was done. */
    WORKER_POOL_CLOSED: { kind: string }
  }
}

export function workerCrashed(kind: string, reason: string): CcbtError<'WORKER_CRASHED'> {
  const message = `a worker thread died during a ${kind} job: ${reason}`
  return new CcbtError('WORKER_CRASHED', message, { blame: 'us', context: { kind, reason } })
}

export function poolClosed(kind: string): CcbtError<'WORKER_POOL_CLOSED'> {
  const message = `the worker pool was closed before the ${kind} job was done`
  return new CcbtError('WORKER_POOL_CLOSED', message, { blame: 'us', context: { kind } })
}

export function jobAborted(): CcbtError<'ABORTED'> {
  return new CcbtError('ABORTED', 'aborted', { blame: 'us', context: {} })
}

/** Makes an Error again of what a worker sent. */
export function fromPlainError(kind: string, plain: PlainError): CcbtError {
  if (plain.code !== undefined && isBlame(plain.blame)) {
    // A worker with a blame and a code threw a CcbtError: the pair of code and context was typed where it was made.
    const code = plain.code as ErrorCode
    const context = plain.context as ErrorContext[ErrorCode]
    return new CcbtError(code, plain.message, { blame: plain.blame, context })
  }
  const context = plain.code === undefined ? { kind } : { kind, errno: plain.code }
  return new CcbtError('WORKER_JOB_FAILED', `${kind} job failed: ${plain.message}`, { blame: 'us', context })
}

function isBlame(text: string | undefined): text is Blame {
  return text === 'peer' || text === 'remote' || text === 'disk' || text === 'input' || text === 'us'
}
