import { scopeOf } from '@ccbt/address'

/** Whether a peer at `teller` may make us dial `host`: only somebody on the local network can know of others there. */
export function mayName(teller: string, host: string): boolean {
  const scope = scopeOf(host)
  return scope === 'global' || (scope !== 'unusable' && scopeOf(teller) !== 'global')
}
