// Keyed BLAKE3 by the package that is there: the native one where it is installed and loads, WebAssembly otherwise. Both
// give the same; bench/micro/chunker.bench.ts says how fast.

import type { KeyedHash } from '@ccbt/chunker'

/** What computes BLAKE3. */
export type Blake3Engine = 'native' | 'wasm'

/** BLAKE3 with the engine that was found. */
export interface Blake3 {
  readonly engine: Blake3Engine
  readonly keyedHash: KeyedHash
}

/**
 * Loads BLAKE3: the native package if it can be, else WebAssembly; or only the one that is named, which may reject.
 * @example const { keyedHash } = await loadBlake3()
 */
export async function loadBlake3(engine?: Blake3Engine): Promise<Blake3> {
  if (engine === 'wasm') return await loadWasm()
  if (engine === 'native') return await loadNative()
  // The native package is optional: it may be absent, or have no build for this machine, and nobody misses it then.
  return await loadNative().catch(loadWasm)
}

async function loadNative(): Promise<Blake3> {
  const { Blake3Hasher } = await import('@napi-rs/blake-hash')
  return {
    engine: 'native',
    keyedHash(key) {
      // To make a hasher takes ten times as long as to reset one.
      const hasher = Blake3Hasher.newKeyed(Buffer.from(key))
      return (data) => {
        const hash = hasher.update(data).digestBuffer()
        hasher.reset()
        return hash
      }
    },
  }
}

async function loadWasm(): Promise<Blake3> {
  const { createKeyed } = await import('blake3-wasm')
  return {
    engine: 'wasm',
    keyedHash(key) {
      const bytes = Buffer.from(key)
      // Not its `keyedHash`: that never frees the 2 KB of its state, and fails when 2 GB of them have gathered. A digest
      // frees them.
      return (data) =>
        createKeyed(bytes)
          .update(Buffer.from(data.buffer, data.byteOffset, data.length))
          .digest()
    },
  }
}
