import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** Not `host:port` or `[v6]:port`. */
    ADDRESS_ENDPOINT_INVALID: { text: string }
    /** This machine has no such network interface, or it has no address. */
    ADDRESS_INTERFACE_MISSING: { name: string }
  }
}

export function endpointInvalid(text: string): CcbtError<'ADDRESS_ENDPOINT_INVALID'> {
  return new CcbtError('ADDRESS_ENDPOINT_INVALID', `'${text}' is not HOST:PORT or [IPv6]:PORT`, {
    blame: 'input',
    context: { text },
  })
}

export function interfaceMissing(name: string, others: readonly string[]): CcbtError<'ADDRESS_INTERFACE_MISSING'> {
  const message = `no network interface '${name}' with an address (there are: ${others.join(', ')})`
  return new CcbtError('ADDRESS_INTERFACE_MISSING', message, { blame: 'input', context: { name } })
}
