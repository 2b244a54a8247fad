// A daemon that is watched: metrics on their own address, alerts to a webhook, a log with what somebody looks closer at.

import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { CliProcess, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'

const PATIENCE = { timeout: 30_000 }

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** What is posted to it. */
async function listenForPosts(): Promise<{ readonly url: string; readonly bodies: unknown[] }> {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(JSON.parse(body))
      response.end()
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, bodies }
}

describe('a daemon that is watched', () => {
  it('has metrics for whoever reaches their address, and for readers', async () => {
    const folder = await temporaryFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    const [place, port, hook] = [new DaemonHome(folder.path), await freePort(), await listenForPosts()]
    const config = join(folder.path, 'watched.toml')
    await writeFile(
      config,
      `[metrics]\nlisten = ["127.0.0.1:${port}"]\n[log]\nformat = "json"\nfile = "${folder.path}/logs/ccbt.log"\n` +
        `[alerts]\nwebhook = ["${hook.url}"]\n[[alert]]\nname = "stalled"\nenabled = false\n`,
    )
    const started = await place.run('daemon', 'start', '--config', config, '--http', '127.0.0.1:0')
    expect(started).toMatchObject({ code: 0, stderr: '' })
    onTestFinished(async () => void (await place.run('daemon', 'stop')))

    const page = async (headers: Record<string, string> = {}): Promise<Response> =>
      await fetch(`http://127.0.0.1:${port}/metrics`, { headers })
    expect(await (await page()).text()).toMatch(/^ccbt_torrents\{state="downloading"\} 0$/m)
    expect((await page({ origin: 'http://evil.example' })).status).toBe(403)
    const elsewhere = await fetch(`http://127.0.0.1:${port}/ccbt/rpc`, { method: 'POST', body: '{}' })
    expect(elsewhere.status).toBe(404)

    const list = await place.run('alerts', 'list')
    expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining('rule free-space (critical)') })
    expect(list.stdout).not.toContain('stalled')
    expect(await place.run('alerts', 'test', 'free-space')).toMatchObject({ code: 0 })
    await vi.waitFor(() => expect(hook.bodies).toMatchObject([{ status: 'test', alert: 'free-space' }]), PATIENCE)
    expect(await place.run('alerts', 'silence', 'all', '--for', '1h')).toMatchObject({ code: 0 })
    expect((await place.run('alerts', 'list')).stdout).toContain('silent until')
    expect((await place.run('alerts', 'silence', 'nonsense', '--for', '1h')).code).not.toBe(0)
    expect((await place.run('log')).stdout).toContain('test: free-space')
  })

  it('says everything about a peer while somebody asks for it', async () => {
    const folder = await temporaryFolder()
    onTestFinished(() => folder[Symbol.asyncDispose]())
    const place = new DaemonHome(folder.path)
    const port = await freePort()
    const settings = ['--set', `network.port=${port}`, '--set', 'network.bind=127.0.0.1']
    expect(await place.run('daemon', 'start', '--no-http', ...settings)).toMatchObject({ code: 0 })
    onTestFinished(async () => void (await place.run('daemon', 'stop')))
    await writeFile(join(folder.path, 'data'), Buffer.alloc(50_000, 7))
    expect(await place.run('create', 'data', '-o', 'data.torrent')).toMatchObject({ code: 0 })
    expect(await place.run('add', 'data.torrent', '-o', folder.path)).toMatchObject({ code: 0 })
    const [row] = JSON.parse(`[${(await place.run('list', '--json')).stdout.trim()}]`) as { infoHash: string }[]
    const hash = row!.infoHash
    await using looking = new CliProcess(['log', '--torrent', hash.slice(0, 8), '--follow'], place.options)
    const greeting = Buffer.concat([
      Buffer.from('\x13BitTorrent protocol'),
      Buffer.alloc(8),
      Buffer.from(hash, 'hex'),
      Buffer.from('-XX0000-abcdefghijkl'),
      // Have 1000: the torrent has no such piece.
      Buffer.from('0000000504000003e8', 'hex'),
    ])
    const ask = (): void =>
      void connect(port, '127.0.0.1')
        .on('error', () => {})
        .write(greeting)
    const heard = (): string => {
      ask()
      return looking.stdout
    }
    await expect.poll(heard, { ...PATIENCE, interval: 300 }).toMatch(/from 127\.0\.0\.1:\d+: have 1000$/m)
    expect(looking.stdout).toMatch(/from 127\.0\.0\.1:\d+: handshake$/m)
    expect(looking.stdout).toMatch(/127\.0\.0\.1:\d+ left: /)
  })
})
