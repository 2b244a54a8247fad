// Messages of cc_xet are read in place: their bytes are views of what has just arrived.

import type { XetMessage } from '@ccbt/wire-protocol'

/**
 * The same message, which outlives the buffer that it was read from. What DATA, BLOCKS and HEAD carry is left to whoever
 * takes it.
 */
export function owned(message: XetMessage): XetMessage {
  switch (message.type) {
    case 'query':
      return { ...message, hashes: message.hashes.slice() }
    case 'get':
    case 'where':
      return { ...message, hash: message.hash.slice() }
    case 'map-get':
      if (message.file.by === 'number') return message
      return { ...message, file: { ...message.file, hash: message.file.hash.slice() } }
    case 'map':
      return { ...message, fileHash: message.fileHash.slice() }
    case 'have':
      return { ...message, bits: message.bits.slice() }
    case 'places':
      return { ...message, places: message.places.map((place) => ({ ...place, infoHash: place.infoHash.slice() })) }
    case 'data':
    case 'blocks':
    case 'head':
    case 'blocks-get':
    case 'reject':
    case 'cancel':
      return message
  }
}
