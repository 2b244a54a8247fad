// A video in WebM, made by the encoder of a browser and put together here: one track of VP8, a cluster for each second, and
// an index, without which players cannot seek.

import type { Page } from 'playwright-core'

const WIDTH = 320
const HEIGHT = 180
const FRAMES_PER_S = 10

interface Frame {
  readonly atMs: number
  readonly isKey: boolean
  readonly base64: string
}

/** Encodes pictures that change all over, as fast as it can; runs in a page of a secure origin. */
const ENCODE = `async ({ seconds, bitrate, width, height, framesPerS }) => {
  const frames = []
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  const encoder = new VideoEncoder({
    error: (error) => { throw error },
    output(chunk) {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      frames.push({ atMs: chunk.timestamp / 1000, isKey: chunk.type === 'key', base64: base64(bytes) })
    },
  })
  encoder.configure({ codec: 'vp8', width, height, bitrate, framerate: framesPerS })
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  for (let at = 0; at < seconds * framesPerS; at++) {
    for (let x = 0; x < width; x += 20) {
      context.fillStyle = 'hsl(' + ((at * 37 + x * x) % 360) + ' 80% 50%)'
      context.fillRect(x, (at * 7 + x) % height, 20, height / 3)
    }
    const frame = new VideoFrame(canvas, { timestamp: (at * 1e6) / framesPerS })
    encoder.encode(frame, { keyFrame: at % framesPerS === 0 })
    frame.close()
  }
  await encoder.flush()
  return frames
}`

/** So many seconds of video of about so many bits per second. */
export async function makeWebm(page: Page, seconds: number, bitrate: number): Promise<Buffer> {
  await page.route('http://localhost/', (route) => route.fulfill({ contentType: 'text/html', body: '<p>' }))
  await page.goto('http://localhost/')
  const picture = { seconds, bitrate, width: WIDTH, height: HEIGHT, framesPerS: FRAMES_PER_S }
  const frames: Frame[] = await page.evaluate(`(${ENCODE})(${JSON.stringify(picture)})`)
  return webm(frames, seconds)
}

function webm(frames: readonly Frame[], seconds: number): Buffer {
  const clusters = Array.from({ length: seconds }, (_, second) =>
    cluster(
      frames.filter(({ atMs }) => Math.floor(atMs / 1000) === second),
      second,
    ),
  )
  const head = Buffer.concat([info(seconds), tracks()])
  // Every number in the index has eight bytes, so that its length does not depend on them.
  const at = (indexBytes: number): number[] => {
    let position = head.length + indexBytes
    return clusters.map((bytes) => (position += bytes.length) - bytes.length)
  }
  const index = cues(at(cues(at(0)).length))
  const type = [text(0x4282, 'webm'), number(0x4287, 4), number(0x4285, 2)]
  return Buffer.concat([element(0x1a_45_df_a3, ...type), element(0x18_53_80_67, head, index, ...clusters)])
}

function info(seconds: number): Buffer {
  const duration = Buffer.alloc(8)
  duration.writeDoubleBE(seconds * 1000)
  const names = [text(0x4d80, 'test'), text(0x5741, 'test')]
  return element(0x15_49_a9_66, number(0x2a_d7_b1, 1_000_000), element(0x4489, duration), ...names)
}

function tracks(): Buffer {
  const video = element(0xe0, number(0xb0, WIDTH), number(0xba, HEIGHT))
  const entry = [number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), text(0x86, 'V_VP8'), video]
  return element(0x16_54_ae_6b, element(0xae, ...entry))
}

function cues(positions: readonly number[]): Buffer {
  const points = positions.map((position, second) =>
    element(0xbb, number(0xb3, second * 1000), element(0xb7, number(0xf7, 1), number(0xf1, position))),
  )
  return element(0x1c_53_bb_6b, ...points)
}

function cluster(frames: readonly Frame[], second: number): Buffer {
  const blocks = frames.map(({ atMs, isKey, base64 }) => {
    const head = Buffer.from([0x81, 0, 0, isKey ? 0x80 : 0])
    head.writeInt16BE(Math.round(atMs - second * 1000), 1)
    return element(0xa3, head, Buffer.from(base64, 'base64'))
  })
  return element(0x1f_43_b6_75, number(0xe7, second * 1000), ...blocks)
}

/** An element of EBML; its length has eight bytes. */
function element(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const name = Buffer.from(id.toString(16).padStart(2, '0'), 'hex')
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(parts.reduce((sum, part) => sum + part.length, 0)) | (1n << 56n))
  return Buffer.concat([name, length, ...parts])
}

function number(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return element(id, bytes)
}

function text(id: number, value: string): Buffer {
  return element(id, Buffer.from(value))
}
