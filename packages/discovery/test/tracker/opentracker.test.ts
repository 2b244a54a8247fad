import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { toHex } from '@ccbt/primitives'

import { client, NEVER, request } from './helpers.ts'

const isInstalled = spawnSync('opentracker', ['-h']).error === undefined
const isRoot = process.getuid?.() === 0

interface Running extends AsyncDisposable {
  readonly port: number
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function isAnswering(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function opentracker(infoHash: Uint8Array): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'ccbt-opentracker-'))
  await chmod(folder, 0o755)
  // Debian builds it closed: it serves what is on its list. As root it changes its root to the folder first.
  const list = join(folder, 'white')
  await writeFile(list, `${toHex(infoHash)}\n`, { mode: 0o644 })
  const port = await freePort()
  const listens = ['-i', '127.0.0.1', '-p', `${port}`, '-P', `${port}`]
  const child = spawn('opentracker', [...listens, '-d', folder, '-w', isRoot ? 'white' : list], {
    cwd: folder,
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  for (let i = 0; i < 200 && !(await isAnswering(port)); i++) await new Promise((resolve) => setTimeout(resolve, 25))
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
      await rm(folder, { recursive: true })
    },
  }
}

describe.skipIf(!isInstalled)(`opentracker${isInstalled ? '' : ' (not installed)'}`, () => {
  it.each(['http', 'udp'])('introduces two peers by %s, and counts them', async (scheme) => {
    const { infoHash } = request()
    await using server = await opentracker(infoHash)
    await using tracker = client()
    const url = `${scheme}://127.0.0.1:${server.port}/announce`
    const peer = (n: number, event: 'started' | 'stopped' = 'started'): ReturnType<typeof request> =>
      request({ event, port: 7000 + n, peerId: new TextEncoder().encode(`-CC0001-peer0000000${n}`) })

    const first = await tracker.announce(url, peer(1), NEVER)
    expect(first.intervalS).toBeGreaterThanOrEqual(60)
    const second = await tracker.announce(url, peer(2), NEVER)
    expect(second.peers).toContainEqual({ host: '127.0.0.1', port: 7001 })
    expect(second.leechers).toBe(2)
    await tracker.announce(url, peer(1, 'stopped'), NEVER)
    const other = new Uint8Array(20)
    expect(await tracker.scrape(url, [other, infoHash], NEVER)).toMatchObject([
      ...(scheme === 'http' ? [undefined] : [{ seeders: 0, leechers: 0 }]),
      { seeders: 0, leechers: 1 },
    ])
    const last = await tracker.announce(url, peer(2), NEVER)
    expect(last.peers).not.toContainEqual({ host: '127.0.0.1', port: 7001 })
  })
})
