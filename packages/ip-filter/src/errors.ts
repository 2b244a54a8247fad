import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** A filter has more of something than is taken in. */
    IP_FILTER_TOO_LARGE: { what: 'ranges' | 'characters'; limit: number }
    /** Not one line of a filter is an address range, and some are nothing else either. */
    IP_FILTER_INVALID: { line: number; text: string }
  }
}

export function tooLarge(what: 'ranges' | 'characters', limit: number): CcbtError<'IP_FILTER_TOO_LARGE'> {
  return new CcbtError('IP_FILTER_TOO_LARGE', `the IP filter has more than ${limit} ${what}`, {
    blame: 'input',
    context: { what, limit },
  })
}

export function invalid(line: number, text: string): CcbtError<'IP_FILTER_INVALID'> {
  return new CcbtError('IP_FILTER_INVALID', `no IP filter: line ${line} is not an address range`, {
    blame: 'input',
    context: { line, text },
  })
}
