// The part of npm `bittorrent-dht` 11.0.12 that the tests use; it ships no types.
declare module 'bittorrent-dht' {
  import type { EventEmitter } from 'node:events'

  export interface ClientOptions {
    readonly bootstrap: false | readonly string[]
    /** Of the store of BEP 44. */
    readonly verify?: (signature: Uint8Array, value: Uint8Array, publicKey: Uint8Array) => boolean
  }

  class Client extends EventEmitter {
    constructor(options: ClientOptions)
    listen(port: number, address: string, done: () => void): void
    address(): { readonly port: number }
    addNode(node: { readonly host: string; readonly port: number }): void
    announce(infoHash: Uint8Array, port: number, done: (error: Error | null) => void): void
    lookup(infoHash: Uint8Array, done: (error: Error | null, nodes: number) => void): void
    put(item: { readonly v: Uint8Array }, done: (error: Error | null, hash: Uint8Array, nodes: number) => void): void
    get(hash: Uint8Array, done: (error: Error | null, item: { readonly v: Uint8Array } | null) => void): void
    destroy(done: () => void): void
  }
  export { Client }
}
