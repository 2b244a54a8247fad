import type { HashRange } from '@ccbt/primitives'

import type { WireHandler } from '../src/index.ts'

/** A handler that writes down what it hears; block payloads are kept whole. */
export function recorder(options: { takeBlocks?: boolean } = {}): { handler: WireHandler; events: string[] } {
  const events: string[] = []
  const note = (...parts: (string | number)[]): void => void events.push(parts.join(' '))
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const range = (r: HashRange): string => [hex(r.piecesRoot), r.baseLayer, r.index, r.length, r.proofLayers].join(' ')
  let target: Uint8Array | undefined
  return {
    events,
    handler: {
      handshake: (h) => note('handshake', hex(h.reserved), hex(h.infoHash), hex(h.peerId)),
      keepAlive: () => note('keepAlive'),
      choke: () => note('choke'),
      unchoke: () => note('unchoke'),
      interested: () => note('interested'),
      notInterested: () => note('notInterested'),
      have: (piece) => note('have', piece),
      bitfield: (bits) => note('bitfield', hex(bits)),
      haveAll: () => note('haveAll'),
      haveNone: () => note('haveNone'),
      request: (p, b, l) => note('request', p, b, l),
      cancel: (p, b, l) => note('cancel', p, b, l),
      reject: (p, b, l) => note('reject', p, b, l),
      suggest: (piece) => note('suggest', piece),
      allowedFast: (piece) => note('allowedFast', piece),
      port: (port) => note('port', port),
      blockBegin: (p, b, l) => {
        note('blockBegin', p, b, l)
        target = options.takeBlocks === false ? undefined : new Uint8Array(l)
        return target
      },
      blockEnd: (p, b, l) => note('blockEnd', p, b, l, target === undefined ? 'skipped' : hex(target)),
      extended: (id, payload) => note('extended', id, hex(payload)),
      hashRequest: (r) => note('hashRequest', range(r)),
      hashes: (r, hashes) => note('hashes', range(r), hex(hashes)),
      hashReject: (r) => note('hashReject', range(r)),
    },
  }
}
