// A private network for foreign clients: a Linux network namespace in which every address 10.99.0.x is local, so that
// clients that refuse 127.0.0.1 talk to each other and nothing can leave the machine. Where no namespace can be made,
// plain loopback with addresses in 127.0.0.0/8 and the reason why.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild } from './child.ts'
import type { Child, ChildOptions } from './child.ts'

const HTTP_TIMEOUT_MS = 20_000
const START_TIMEOUT_MS = 30_000

/** An HTTP request to a program in the network. */
export interface HttpCall {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/** Where the clients live. */
export interface Network extends AsyncDisposable {
  /** Why the addresses are those of plain loopback; absent in a namespace. */
  readonly onlyLoopback: string | undefined
  /** A local address; `n` from 1 to 254. */
  address(n: number): string
  /** Starts a program in the network. */
  run(command: readonly string[], options?: ChildOptions): Child
  /** Sends one request to a program in the network. */
  http(call: HttpCall): Promise<HttpAnswer>
}

/** Makes a network. */
export async function openNetwork(): Promise<Network> {
  if (process.platform !== 'linux') return new Loopback('this is not Linux')
  const missing = ['unshare', 'nsenter', 'setpriv', 'ip'].filter((program) => !isInstalled(program))
  if (missing.length > 0) return new Loopback(`${missing.join(', ')} not installed`)
  const folder = await mkdtemp(join(tmpdir(), 'ccbt-network-'))
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const socketPath = join(folder, 'relay')
  const holder = spawn(
    'unshare',
    [...user, '--net', '--', process.execPath, join(import.meta.dirname, 'relay.ts'), socketPath, '10.99.0.1'],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } },
  )
  const problem = await started(holder)
  if (problem === undefined) return new Namespace(holder, folder, user.length > 0)
  holder.kill('SIGKILL')
  rmSync(folder, { recursive: true })
  return new Loopback(`no network namespace can be made here: ${problem}`)
}

/** Whether a program is on the PATH or among the administrator's. */
export function isInstalled(program: string): boolean {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`
  return spawnSync('sh', ['-c', 'command -v -- "$0"', program], { env: { PATH: path } }).status === 0
}

function started(holder: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let errors = ''
    const timer = setTimeout(() => resolve('it does not start'), START_TIMEOUT_MS)
    const finish = (problem: string | undefined): void => {
      clearTimeout(timer)
      resolve(problem)
    }
    holder.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
    holder.stdout?.once('data', () => finish(undefined))
    holder.once('error', (error) => finish(error.message))
    holder.once('exit', () => finish(errors.trim().split('\n')[0] ?? 'it ended'))
  })
}

class Namespace implements Network {
  readonly onlyLoopback = undefined
  readonly #holder: ChildProcess
  readonly #folder: string
  readonly #enter: readonly string[]

  constructor(holder: ChildProcess, folder: string, isUserNamespace: boolean) {
    this.#holder = holder
    this.#folder = folder
    const user = isUserNamespace ? ['--user', '--preserve-credentials'] : []
    this.#enter = ['nsenter', `--target=${holder.pid}`, '--net', ...user, '--']
  }

  address(n: number): string {
    return `10.99.0.${n}`
  }

  run(command: readonly string[], options: ChildOptions = {}): Child {
    return startChild([...this.#enter, ...command], options)
  }

  http(call: HttpCall): Promise<HttpAnswer> {
    return sendRequest(call, () => {
      const socket = connect(join(this.#folder, 'relay'))
      socket.write(`${call.host}:${call.port}\n`)
      return socket
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once('exit', resolve))
    this.#holder.stdin?.end()
    if (this.#holder.exitCode === null) await gone
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

class Loopback implements Network {
  readonly onlyLoopback: string

  constructor(reason: string) {
    this.onlyLoopback = reason
  }

  address(n: number): string {
    // Test files run side by side, each in a process of its own.
    return `127.${1 + (process.pid % 250)}.${Math.floor(process.pid / 250) % 250}.${n}`
  }

  run(command: readonly string[], options: ChildOptions = {}): Child {
    return startChild(command, options)
  }

  http(call: HttpCall): Promise<HttpAnswer> {
    return sendRequest(call, () => connect({ host: call.host, port: call.port }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing is held.
  }
}

function sendRequest(call: HttpCall, createConnection: () => Socket): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { path, method = 'GET', body = '', headers = {} } = call
    const outgoing = request(
      { path, method, headers: { Host: `${call.host}:${call.port}`, ...headers }, createConnection },
      (incoming) => {
        const parts: Buffer[] = []
        incoming.on('data', (part: Buffer) => parts.push(part))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: Buffer.concat(parts) }),
        )
      },
    )
    outgoing.setTimeout(HTTP_TIMEOUT_MS, () => outgoing.destroy(new Error('no answer')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
