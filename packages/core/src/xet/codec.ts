// Chunks on the wire: compressed where it pays, and never more memory than a chunk takes when they are unpacked.

import { MAX_CHUNK_BYTES } from '@ccbt/chunker'
import { XetCodec } from '@ccbt/wire-protocol'

/** Less is not worth the work of unpacking. */
const LEAST_SAVED = 1 / 16
const LEVEL = 3
/** A chunk fits into such a window. A frame may ask for up to 128 MiB before its first byte. */
const WINDOW_LOG = Math.log2(MAX_CHUNK_BYTES)

/** A chunk as it is sent. */
export interface EncodedChunk {
  readonly codec: number
  readonly bytes: Uint8Array
}

/** Packs a chunk, off the main thread. */
export async function encodeChunk(chunk: Uint8Array, mayCompress: boolean): Promise<EncodedChunk> {
  if (mayCompress) {
    // Loaded for the few that need it.
    const { constants, zstdCompress } = await import('node:zlib')
    const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_windowLog]: WINDOW_LOG }
    const packed = await new Promise<Uint8Array | undefined>((resolve) => {
      zstdCompress(chunk, { params }, (error, bytes) => resolve(error === null ? bytes : undefined))
    })
    if (packed !== undefined && packed.length <= chunk.length * (1 - LEAST_SAVED)) {
      return { codec: XetCodec.zstd, bytes: packed }
    }
  }
  return { codec: XetCodec.none, bytes: chunk }
}

/** Unpacks a chunk; `undefined` when it is damaged, of another codec, longer than any chunk, or wants more memory than one. */
export async function decodeChunk({ codec, bytes }: EncodedChunk): Promise<Uint8Array | undefined> {
  if (codec === XetCodec.none) return bytes
  if (codec !== XetCodec.zstd) return undefined
  const { constants, zstdDecompress } = await import('node:zlib')
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG }
  return new Promise((resolve) => {
    zstdDecompress(bytes, { params, maxOutputLength: MAX_CHUNK_BYTES }, (error, plain) => {
      resolve(error === null ? plain : undefined)
    })
  })
}
