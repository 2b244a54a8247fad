// The one kind of failure of a configuration: something in a file, a variable or an argument that cannot be used.

import { CcbtError, isCcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** A key, value or file that cannot be used; `problems` has all of them, the message tells the first. */
    CONFIG_INVALID: { problems: readonly string[] }
  }
}

/** The error for `problems`, of which there is at least one; each is one line that says where and what. */
export function configInvalid(problems: readonly string[], cause?: unknown): CcbtError<'CONFIG_INVALID'> {
  const [first = 'the configuration cannot be used'] = problems
  const rest = problems.length - 1
  const more = rest > 0 ? ` (and ${rest} more: ccbt config check)` : ''
  return new CcbtError('CONFIG_INVALID', `${first}${more}`, {
    blame: 'input',
    context: { problems },
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The `code` of an error of Node's file functions: `ENOENT`, `EACCES`, ... */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The result of `work`; when it ends with CONFIG_INVALID, `undefined`, and `problems` has the problems as well. */
export async function collectProblems<T>(work: Promise<T>, problems: string[]): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (!isCcbtError(error, 'CONFIG_INVALID')) throw error
    problems.push(...error.context.problems)
    return undefined
  }
}
