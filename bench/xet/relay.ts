// Counts what goes over a port of this machine, in both directions.

import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** A port in front of another one. */
export interface Relay extends AsyncDisposable {
  readonly port: number
  /** Bytes of both directions since the last call; those of TCP and IP are not in it. */
  take(): number
}

/** Opens one on 127.0.0.1. */
export async function startRelay(targetPort: number): Promise<Relay> {
  let bytes = 0
  const sockets = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from)
    from.on('data', (data: Buffer) => (bytes += data.length))
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroySoon()
    })
  }
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: targetPort, noDelay: true })
    pass(near, far)
    pass(far, near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = bytes
      bytes = 0
      return taken
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
