// What encryption costs: MB/s of RC4 for one direction on one core by the size of the calls, beside the best loop in
// JavaScript, and the microseconds of a handshake.

import { createDiffieHellman, createHash, randomBytes } from 'node:crypto'

import { createMse, createRc4Engine } from '@ccbt/wire-protocol'
import type { MseNegotiation } from '@ccbt/wire-protocol'

const BYTES_PER_SAMPLE = 16_000_000
const SAMPLES = 9
const HANDSHAKES = 200
const KEY = Uint8Array.from({ length: 20 }, (_, i) => 7 * i + 1)

type Apply = (bytes: Uint8Array) => void

/** One byte of the loop below. */
const STEP = `i = (i + 1) & 255; x = s[i]; j = (j + x) & 255; y = s[j]; s[i] = y; s[j] = x`

/** The fastest of the loops in JavaScript: bytes as state, four per turn. Compiled anew, so that nothing was seen before. */
function inJavaScript(): Apply {
  const four = [0, 1, 2, 3].map((k) => `${STEP}; bytes[at + ${k}] ^= s[(x + y) & 255]`).join('\n')
  const loop = `for (let at = 0; at + 4 <= bytes.length; at += 4) { ${four} }`
  const source = `let i = 0, j = 0, x = 0, y = 0; return (bytes) => { ${loop} }`
  // oxlint-disable-next-line no-new-func, no-implied-eval -- each measurement needs a function of its own
  const make = new Function('s', source) as (s: Uint8Array) => Apply
  return make(Uint8Array.from({ length: 256 }, (_, i) => (i * 167) & 255))
}

/** MB/s of the median sample. */
function rate(apply: Apply, bytes: Uint8Array): string {
  const turns = Math.ceil(BYTES_PER_SAMPLE / bytes.length)
  const samples = Array.from({ length: SAMPLES + 3 }, () => {
    const start = performance.now()
    for (let i = 0; i < turns; i++) apply(bytes)
    return (turns * bytes.length) / (performance.now() - start) / 1000
  })
  const measured = samples.slice(3).sort((a, b) => a - b)
  return `${measured[SAMPLES >>> 1]!.toFixed(0).padStart(6)} MB/s`
}

/** Microseconds that one side spends on a handshake: two exponentiations, hashes, key schedules. */
function handshakeUs(): string {
  const mse = createMse((prime) => {
    const group = createDiffieHellman(prime, 2)
    return {
      sha1: (bytes) => createHash('sha1').update(bytes).digest(),
      randomBytes: (count) => randomBytes(count),
      exchange(privateKey, publicKey) {
        group.setPrivateKey(privateKey)
        return group.computeSecret(publicKey)
      },
    }
  })
  const infoHash = randomBytes(20)
  const start = performance.now()
  for (let i = 0; i < HANDSHAKES; i++) {
    const near = mse.initiate({ infoHash, methods: ['rc4'], firstBytes: infoHash })
    const far = mse.receive({
      methods: ['rc4'],
      allowsPlain: true,
      findTorrent: () => infoHash,
      mayExchange: () => true,
    })
    let [bytes, side, other]: [Uint8Array, MseNegotiation, MseNegotiation] = [near.opening, far, near]
    for (let isDone = false; !isDone; [side, other] = [other, side]) {
      const step = side.push(bytes)
      if (!('send' in step)) throw new Error(`handshake ends ${step.kind}`)
      isDone = step.kind === 'agreed' && side === near
      bytes = step.send
    }
  }
  return (((performance.now() - start) * 1000) / HANDSHAKES / 2).toFixed(0)
}

/** Prints the rates and the cost of a handshake. */
export async function run(): Promise<void> {
  const engine = createRc4Engine()
  console.log('RC4, one direction           WebAssembly    JavaScript')
  for (const size of [64, 1460, 16_384, 262_144]) {
    const cipher = engine.cipher(KEY)
    const bytes = new Uint8Array(size)
    const columns = [rate((data) => cipher.apply(data, data), bytes), rate(inJavaScript(), bytes)]
    console.log(`  ${String(size).padStart(7)} B at a time      ${columns.join('   ')}`)
  }
  console.log(`handshake, one side: ${handshakeUs()} µs`)
}
