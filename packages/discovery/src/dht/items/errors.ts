// What goes wrong with items that our own side makes. What strangers send gets a code of the protocol instead.

import { CcbtError } from '@ccbt/primitives'

declare module '@ccbt/primitives' {
  interface ErrorContext {
    /** What shall be stored in the DHT breaks BEP 44 or 46. */
    DHT_ITEM_INVALID: { reason: string }
  }
}

export function itemInvalid(reason: string, cause?: unknown): CcbtError<'DHT_ITEM_INVALID'> {
  return new CcbtError('DHT_ITEM_INVALID', `this cannot be stored in the DHT: ${reason}`, {
    blame: 'input',
    context: { reason },
    cause,
  })
}
