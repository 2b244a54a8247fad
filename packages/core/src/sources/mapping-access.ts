// Port mapping of a session: asks the gateway to let peers in from outside, for as long as the session lives. A favour
// that is never waited for.

import type { BindAddresses } from '@ccbt/address'
import type { PortMapper } from '@ccbt/discovery'
import type { Clock, Random } from '@ccbt/primitives'

import type { SessionEvent } from '../events.ts'
import type { ExternalAddress } from '../peer/external-address.ts'

/** What port mapping goes by. */
export interface MappingAccessOptions {
  readonly clock: Clock
  readonly random: Random
  readonly bind: BindAddresses
  readonly userAgent: string
  readonly externalAddress: Pick<ExternalAddress, 'seen'>
  readonly emit: (event: SessionEvent) => void
}

/** Maps the ports of a session. */
export class MappingAccess implements AsyncDisposable {
  readonly #options: MappingAccessOptions
  #opened: Promise<PortMapper> | undefined

  constructor(options: MappingAccessOptions) {
    this.#options = options
  }

  /** Wishes that a port can be reached from outside. */
  async map(protocol: 'tcp' | 'udp', port: number): Promise<void> {
    this.#opened ??= this.#open()
    const mapper = await this.#opened
    mapper.map(protocol, port)
  }

  /** Takes the mappings back, within 2 s. */
  async [Symbol.asyncDispose](): Promise<void> {
    const mapper = await this.#opened
    await mapper?.[Symbol.asyncDispose]()
  }

  async #open(): Promise<PortMapper> {
    const { createPortMapper } = await import('@ccbt/discovery')
    const { emit, externalAddress, ...options } = this.#options
    return createPortMapper({
      ...options,
      onMapped: ({ protocol, externalPort, externalIp, via }) => {
        if (externalIp !== undefined) externalAddress.seen(externalIp, 'gateway')
        emit({ type: 'port-mapped', protocol, externalPort, via })
      },
      onFailed: (reason) => emit({ type: 'source-failed', source: 'port-mapping', reason }),
    })
  }
}
