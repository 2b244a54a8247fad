// A file that is played while the real command downloads it.

import { writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'

import { chromium } from 'playwright-core'
import { describe, expect, it } from 'vitest'

import { CliProcess, runCli, temporaryFolder } from './cli-process.ts'
import { CHROMIUM, hasChromium } from './web-stage.ts'
import { makeWebm } from './webm.ts'

const SECONDS = 30
const RATE_BPS = 88_200

/** A sound of half a minute, as players take it without any codec. */
function sound(): Buffer {
  const header = Buffer.alloc(44)
  const length = SECONDS * RATE_BPS
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(RATE_BPS / 2, 24)
  header.writeUInt32LE(RATE_BPS, 28)
  header.writeUInt16LE(2, 32)
  header.writeUInt16LE(16, 34)
  header.write('data', 36)
  header.writeUInt32LE(length, 40)
  const samples = Buffer.alloc(length)
  for (let at = 0; at < length; at += 2) samples.writeInt16LE(Math.round(8000 * Math.sin(at / 40)), at)
  return Buffer.concat([header, samples])
}

/**
 * What the page does, in its own world: begins to play, jumps near the end, and tells all that happens from there on, and
 * what was seen.
 */
const PLAY = `async (url) => {
  const video = document.querySelector('video')
  const told = []
  for (const name of ['waiting', 'ended', 'error']) video.addEventListener(name, () => told.push(name))
  const until = (name) => new Promise((resolve) => video.addEventListener(name, resolve, { once: true }))
  video.src = url
  video.muted = true
  await Promise.all([until('playing'), video.play()])
  const isPlaying = until('playing')
  video.currentTime = 26
  await isPlaying
  told.length = 0
  await Promise.race([until('ended'), until('error')])
  return { told, duration: video.duration, width: video.videoWidth }
}`

interface Stage extends AsyncDisposable {
  readonly url: string
  readonly file: Buffer
}

/** `ccbt stream` of half a minute, from a seeder that is half again as fast as it plays. */
async function startStream(name: string, file: Buffer = sound()): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const cwd = stack.use(await temporaryFolder()).path
  await writeFile(join(cwd, name), file)
  await runCli(['create', name, '-o', 'a.torrent', '--piece-size', '16KiB', '--quiet'], { cwd })
  const seed = [
    'seed',
    'a.torrent',
    '--data',
    '.',
    '--json',
    '--upload-limit',
    String(Math.ceil((1.5 * file.length) / SECONDS)),
  ]
  const seeder = stack.use(new CliProcess(seed, { cwd }))
  const { port } = await seeder.untilEvent('listening')
  await seeder.untilEvent('seeding')
  const args = [
    'stream',
    'a.torrent',
    '-o',
    'out',
    '--json',
    '--state-dir',
    'state',
    '--peer',
    `127.0.0.1:${String(port)}`,
  ]
  const player = stack.use(new CliProcess(args, { cwd }))
  const { url } = await player.untilEvent('streaming')
  const resources = stack.move()
  return { url: String(url), file, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

describe('a file that is streamed', () => {
  it('comes in ranges, from where nothing is there yet too', async () => {
    await using stage = await startStream('sound.wav')
    const { url, file } = stage
    for (const [range, start, end] of [
      ['bytes=2500000-2599999', 2_500_000, 2_600_000],
      ['bytes=0-99', 0, 100],
      ['bytes=-500', file.length - 500, file.length],
    ] as const) {
      const answer = await fetch(url, { headers: { range } })
      expect(answer.status).toBe(206)
      expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/${file.length}`)
      expect(Buffer.from(await answer.arrayBuffer()).equals(file.subarray(start, end))).toBe(true)
    }
    const head = await fetch(url, { method: 'HEAD' })
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(file.length),
      'content-type': 'audio/wav',
      'x-content-type-options': 'nosniff',
    })
    expect((await fetch(url, { headers: { range: 'bytes=0-0,-1' } })).status).toBe(416)
    expect((await fetch(url, { headers: { range: `bytes=${file.length}-` } })).status).toBe(416)
    expect((await fetch(url, { method: 'POST' })).status).toBe(405)
    expect((await fetch(new URL('/', url))).status).toBe(404)
    expect(await statusFor(url, 'evil.example')).toBe(421)
  })

  it('is to be saved when a browser would run it', async () => {
    await using stage = await startStream('page.html')
    const { headers } = await fetch(stage.url, { method: 'HEAD' })
    expect(headers.get('content-type')).toBe('application/octet-stream')
    expect(headers.get('content-disposition')).toMatch(/^attachment;/)
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  it.skipIf(!hasChromium)(
    'plays in a browser, from the middle on too, without a stall (skipped: no chromium)',
    async () => {
      await using browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required'],
      })
      await using stage = await startStream('film.webm', await makeWebm(await browser.newPage(), SECONDS, 8 * RATE_BPS))
      const page = await browser.newPage()
      await page.setContent('<video></video>')
      const played = await page.evaluate(`(${PLAY})(${JSON.stringify(stage.url)})`)
      expect(played).toEqual({ told: ['ended'], duration: SECONDS, width: 320 })
    },
  )
})

/** The answer to a request for another host's name. */
async function statusFor(url: string, host: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request(url, { headers: { host } }, (response) => {
    response.resume()
    resolve(response.statusCode)
  })
    .once('error', reject)
    .end()
  return promise
}
