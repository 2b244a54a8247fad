// What all handshakes with a proxy have in common: bytes in, bytes and decisions out, no socket.

/** What is to be done after some bytes. */
export type Step =
  /** The rest has to come; `send` goes out first, when there is one. */
  | { readonly kind: 'more'; readonly send?: Uint8Array }
  /** `bound` is what the proxy calls its own end; a proxy for HTTP does not tell. */
  | { readonly kind: 'done'; readonly bound?: { readonly host: string; readonly port: number } }
  /** One line for a person, without credentials and without text of the proxy. Other targets may fare better. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isAboutTarget?: true }

/** One side of one handshake. */
export interface Handshake {
  /** What is sent first. */
  readonly hello: Uint8Array
  /** Takes what the proxy sends, divided in any way. Not called after `done` or `failed`. */
  input(bytes: Uint8Array): Step
}

/** Those who use tunnels speak first: who sends before that is not what it says it is. */
export const EARLY_DATA: Step = { kind: 'failed', reason: 'it sends more than its answer' }
