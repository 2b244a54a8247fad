// Keeps one computer from taking all connections of a server.

import type { Server } from 'node:net'

const MAX_PER_ADDRESS = 100

/** Closes connections beyond 100 of one address, unless `isExempt` says that it speaks for many. */
export function capConnections(server: Server, isExempt: (address: string) => boolean): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1
      if (left === 0) open.delete(address)
      else open.set(address, left)
    })
    if (count > MAX_PER_ADDRESS && !isExempt(address)) socket.destroy()
  })
}
