// nginx serving a folder on 127.0.0.1.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { startChild, waitFor } from './child.ts'
import type { Child } from './child.ts'
import { isInstalled } from './network.ts'

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  /** Ends with a slash. */
  readonly url: string
  /** The same over TLS; only with a certificate. */
  readonly httpsUrl: string
  /** Connections and requests that it has served. */
  counts(): { connections: number; requests: number }
}

/** Files of a certificate. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** Why there is no nginx here. */
export function whyNoNginx(): string | undefined {
  return isInstalled('nginx') ? undefined : 'nginx is not installed'
}

/** Serves `root`; everything nginx itself needs goes below `work`. */
export async function startNginx(root: string, work: string, tls?: Certificate): Promise<Nginx> {
  mkdirSync(work, { recursive: true })
  const [port, securePort] = [await freePort(), await freePort()]
  const log = join(work, 'access.log')
  rmSync(log, { force: true })
  const secure =
    tls === undefined
      ? ''
      : `server {
        listen 127.0.0.1:${securePort} ssl;
        ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};
      }`
  const url = `http://127.0.0.1:${port}/`
  const child = await runNginx(
    work,
    `log_format counted '$connection'; access_log ${log} counted; sendfile on; root ${root};
      server { listen 127.0.0.1:${port}; }
      ${secure}`,
    url,
  )
  return {
    url,
    httpsUrl: `https://127.0.0.1:${securePort}/`,
    counts() {
      const lines = readFileSync(log, 'utf8').trim().split('\n')
      return { connections: new Set(lines).size, requests: lines.length }
    },
    [Symbol.asyncDispose]: () => child.stop(),
  }
}

/** Runs nginx with these directives of `http` until `url` answers. */
export async function runNginx(work: string, directives: string, url: string): Promise<Child> {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const configuration = `
    daemon off; worker_processes 1; pid ${join(work, 'pid')}; error_log ${join(work, 'error.log')};
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    events { worker_connections 100; }
    http {
      ${temporary.map((name) => `${name}_temp_path ${join(work, name)};`).join(' ')}
      ${directives}
    }`
  writeFileSync(join(work, 'nginx.conf'), configuration)
  const command = ['nginx', '-e', join(work, 'error.log'), '-p', work, '-c', join(work, 'nginx.conf')]
  const child = startChild(command, { env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } })
  await waitFor('nginx', 30_000, async () => {
    if (child.ended() !== undefined) throw new Error(child.log())
    return (await fetch(url).catch(() => undefined)) !== undefined
  })
  return child
}

/** A port that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
