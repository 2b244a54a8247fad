import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Not `host:port` or `[v6]:port`. */
    ADDRESS_ENDPOINT_INVALID: { text: string }
  }
}

export function endpointInvalid(text: string): CcbtError<'ADDRESS_ENDPOINT_INVALID'> {
  return new CcbtError('ADDRESS_ENDPOINT_INVALID', `'${text}' is not HOST:PORT or [IPv6]:PORT`, {
    blame: 'input',
    context: { text },
  })
}
