import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'

const PARSE = `
const { parseTorrent } = await import(workerData.module)
try {
  parseTorrent(workerData.bytes)
  parentPort.postMessage('accepted')
} catch (error) {
  parentPort.postMessage(error.code ?? String(error))
}`

/** The outcome of parsing in a thread that has 48 MB for objects; the index of the scanner is outside of that. */
function parseInLittleMemory(bytes: Uint8Array): Promise<string> {
  const module = new URL('../src/index.ts', import.meta.url).href
  const code = `import('node:worker_threads').then(async ({ parentPort, workerData }) => {${PARSE}})`
  return new Promise((resolve, reject) => {
    const worker = new Worker(code, {
      eval: true,
      workerData: { module, bytes },
      resourceLimits: { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 4 },
    })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** A valid torrent in which `key` is a list of two million strings, in the root or in the info. */
function torrentWith(key: string, inInfo: boolean): Uint8Array {
  const list = `${key.length}:${key}l${'1:a'.repeat(2_000_000)}e`
  const fields = { length: 'i5e', name: '1:n', 'piece length': 'i16384e', pieces: `20:${'x'.repeat(20)}` }
  const info = Object.entries(fields).filter(([name]) => !(inInfo && name === key))
  const body = info.map(([name, value]) => `${name.length}:${name}${value}`).join('')
  return Buffer.from(`d4:infod${body}${inInfo ? list : ''}e${inInfo ? '' : list}e`, 'latin1')
}

describe('memory', () => {
  it.each(['announce-list', 'comment', 'nodes', 'url-list'])(
    'H11: a root with two million values as %s costs their index only',
    async (key) => {
      expect(await parseInLittleMemory(torrentWith(key, false))).toBe('accepted')
    },
  )

  it.each(['name', 'files', 'pieces', 'attr'])(
    'H11: an info with two million values as %s costs their index only',
    async (key) => {
      expect(await parseInLittleMemory(torrentWith(key, true))).toMatch(/^(METAINFO_FIELD_INVALID|accepted)$/)
    },
  )
})
