// Graphical remote clients of Transmission against our daemon, on a screen that nobody sees: each connects, and goes on to ask
// for torrents, which it does only when it has understood the session. A picture of it is kept.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startDaemon } from '@ccbt/daemon'
import { buildTorrent } from '@ccbt/metainfo'
import { describe, expect, it, onTestFinished } from 'vitest'

import { screenshotFolder } from '../screenshots.ts'
import { isInstalled } from './drivers/network.ts'

interface GuiClient {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  /** What it needs beside the screen. */
  readonly needs: readonly string[]
  /** Writes what makes it connect to this port at its start, into the folder of all configurations. */
  configure(folder: string, port: number): void
}

const CLIENTS: readonly GuiClient[] = [
  {
    name: 'transmission-remote-gtk',
    command: ['dbus-run-session', '--', 'transmission-remote-gtk'],
    needs: ['transmission-remote-gtk', 'dbus-run-session'],
    configure: (folder, port) => {
      const address = { hostname: '127.0.0.1', port, 'rpc-url-path': '/transmission/rpc' }
      const profile = { 'profile-name': 'ccbt', ...address, 'auto-connect': true }
      const text = JSON.stringify({ profiles: [profile], 'profile-id': 0 })
      writeConfiguration(join(folder, 'transmission-remote-gtk'), 'config.json', text)
    },
  },
  {
    name: 'transgui',
    command: ['transgui'],
    needs: ['transgui'],
    configure: (folder, port) => {
      const hosts = '[Hosts]\nCurHost=ccbt\nCount=1\nHost1=ccbt\n'
      const text = `${hosts}[Connection.ccbt]\nHost=127.0.0.1\nPort=${port}\nUseSSL=0\nAuth=0\n[Interface]\nCheckNewVersion=0\n`
      writeConfiguration(join(folder, 'Transmission Remote GUI'), 'transgui.ini', text)
    },
  },
]

/** transgui does not start without a manager of windows. */
const SCREEN = ['Xvfb', 'openbox', 'import']

function missingFor({ needs }: GuiClient): string[] {
  return [...SCREEN, ...needs].filter((program) => !isInstalled(program))
}

function writeConfiguration(folder: string, name: string, text: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, name), text)
}

const PATIENCE = { timeout: 90_000 }

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-gui-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  return folder
}

/** Ends with the test, together with what it has started. */
function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    detached: true,
  })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL')
    await ended
  })
  return child
}

/** A screen, by its name. */
async function startScreen(): Promise<string> {
  const server = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1024x700x24', '-nolisten', 'tcp'], {})
  const [number] = (await once(server.stdio[3]!, 'data')) as [Buffer]
  return `:${number.toString().trim()}`
}

/** Passes requests on to the daemon, and keeps what was asked. */
async function startWitness(port: number): Promise<{ readonly port: number; readonly methods: readonly string[] }> {
  const methods: string[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const body = Buffer.concat(parts)
      methods.push(/"method"\s*:\s*"([\w-]+)"/.exec(body.toString())?.[1] ?? '')
      const id = String(request.headers['x-transmission-session-id'] ?? '')
      const url = `http://127.0.0.1:${port}${request.url}`
      const answer = await fetch(url, { method: 'POST', body, headers: { 'x-transmission-session-id': id } })
      const theirs = answer.headers.get('x-transmission-session-id') ?? ''
      response
        .writeHead(answer.status, { 'x-transmission-session-id': theirs })
        .end(Buffer.from(await answer.arrayBuffer()))
    })().catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, methods }
}

/** A daemon with one torrent, and somebody in front of it who hears what it is asked. */
async function startStage(home: string): ReturnType<typeof startWitness> {
  const daemon = await startDaemon({
    version: '0',
    session: { stateDir: join(home, 'state'), bind: { v4: '127.0.0.1' } },
    downloadDirectory: home,
    remote: { addresses: [{ host: '127.0.0.1', port: 0 }], isOpen: true },
  })
  onTestFinished(() => daemon[Symbol.asyncDispose]())
  const spec = { isMultiFile: false, pieceLength: 16_384, pieceHashes: new Uint8Array(20), trackers: [] }
  await daemon.client.add({
    source: buildTorrent({ ...spec, name: 'shown', files: [{ path: ['shown'], length: 10 }] }),
  })
  return await startWitness(daemon.httpPorts[0] ?? 0)
}

describe.each(CLIENTS)('$name', (client) => {
  const missing = missingFor(client)
  const title = missing.length > 0 ? ` (skipped: no ${missing.join(', ')})` : ''
  it.skipIf(missing.length > 0)(`connects and asks for torrents${title}`, async () => {
    const home = temporaryFolder()
    const witness = await startStage(home)
    client.configure(home, witness.port)
    const env = {
      DISPLAY: await startScreen(),
      HOME: home,
      XDG_CONFIG_HOME: home,
      NO_AT_BRIDGE: '1',
      GDK_BACKEND: 'x11',
    }
    start('openbox', ['--startup', client.command.join(' ')], env)
    // The second list comes when the first one was understood.
    const lists = (): number => witness.methods.filter((method) => method === 'torrent-get').length
    await expect.poll(lists, PATIENCE).toBeGreaterThan(1)
    expect(witness.methods).toContain('session-get')
    const picture = join(screenshotFolder(), `${client.name}.png`)
    spawnSync('import', ['-window', 'root', picture], { env: { ...process.env, ...env } })
  })
})
