import type { IpFamily } from './ip.ts'

/** Local addresses of all sockets; a family without one is not used as soon as either is given. */
export interface BindAddresses {
  readonly v4?: string
  readonly v6?: string
}

/**
 * The families that are left after binding.
 * @example boundFamilies({ v6: '::1' }) // ['ipv6']
 */
export function boundFamilies({ v4, v6 }: BindAddresses): readonly IpFamily[] {
  if (v4 === undefined && v6 === undefined) return ['ipv4', 'ipv6']
  return [...(v4 === undefined ? [] : (['ipv4'] as const)), ...(v6 === undefined ? [] : (['ipv6'] as const))]
}
