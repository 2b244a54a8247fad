// Several sockets on one port number: an address of each family, TCP and UDP.

import { isCcbtError } from '@ccbt/primitives'

import type { Listener } from './socket-factory.ts'

/** A number that one socket got by chance is hardly ever taken for the others. */
const MAX_TRIES = 10

/** Opens one of the sockets on a port; rejects with TRANSPORT_LISTEN_FAILED. */
export type OpenListener = (port: number) => Promise<Listener>

/** One listener of all of them. With port 0, numbers are tried until one is free everywhere. */
export async function listenTogether(port: number, openers: readonly OpenListener[]): Promise<Listener> {
  for (let tries = 1; ; tries++) {
    try {
      return await openAll(port, openers)
    } catch (error) {
      const isTaken = isCcbtError(error, 'TRANSPORT_LISTEN_FAILED') && error.context.errno === 'EADDRINUSE'
      if (!isTaken || port !== 0 || tries === MAX_TRIES) throw error
    }
  }
}

async function openAll(port: number, openers: readonly OpenListener[]): Promise<Listener> {
  const opened: Listener[] = []
  const close = async (): Promise<void> => void (await Promise.all(opened.map((listener) => listener.close())))
  try {
    for (const open of openers) opened.push(await open(opened[0]?.port ?? port))
  } catch (error) {
    await close()
    throw error
  }
  return { port: opened[0]?.port ?? port, close }
}
