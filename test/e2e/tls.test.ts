// Remote control with a certificate of one's own: who knows it is served, nothing else is spoken on that port, and a renewed
// one counts without a restart.

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runCli, temporaryFolder } from './cli-process.ts'
import { DaemonHome } from './daemon-process.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const HOST = '127.0.0.1'

/** Files of a certificate that vouches for itself. */
interface Identity {
  readonly certificate: string
  readonly key: string
}

function makeIdentity(folder: string, name: string): Identity {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)]
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=IP:${HOST}`]
  const files = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...curve, ...subject, ...files], { stdio: 'pipe' })
  return { certificate, key }
}

/** The common name of the certificate that is shown there. Rejects when it is not trusted, or nothing is agreed on. */
function shownName(port: number, options: ConnectionOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const socket: TLSSocket = connect({ host: HOST, port, ...options }, () => {
    const { CN = '' } = socket.getPeerCertificate().subject
    resolve(Array.isArray(CN) ? CN.join() : CN)
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}

describe.skipIf(!hasOpenssl)(`TLS${hasOpenssl ? '' : ' (skipped: openssl is not installed)'}`, () => {
  it('is all that is spoken, and a renewed certificate counts for whoever comes next', async () => {
    await using folder = await temporaryFolder()
    const place = new DaemonHome(folder.path)
    const [first, second] = [makeIdentity(folder.path, 'first'), makeIdentity(folder.path, 'second')]
    const mine = { certificate: join(folder.path, 'mine.pem'), key: join(folder.path, 'mine.key') }
    const install = ({ certificate, key }: Identity): void => {
      copyFileSync(certificate, mine.certificate)
      copyFileSync(key, mine.key)
    }
    install(first)
    const settings = ['--set', `daemon.tls_cert=${mine.certificate}`, '--set', `daemon.tls_key=${mine.key}`]
    await using daemon = await place.start(...settings)
    const [url = ''] = daemon.urls
    const port = Number(new URL(url).port)
    expect(url).toBe(`https://${HOST}:${port}/`)
    const [oldTrust, newTrust] = [{ ca: readFileSync(first.certificate) }, { ca: readFileSync(second.certificate) }]

    expect(await shownName(port, oldTrust)).toBe('first')
    await expect(shownName(port, newTrust)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    await expect(fetch(url.replace('https:', 'http:'))).rejects.toThrow('fetch failed')
    const outdated = { ...oldTrust, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const
    await expect(shownName(port, outdated)).rejects.toThrow(/protocol version/)

    const created = await place.run('daemon', 'token', 'create', 'x', '--json')
    const { token } = JSON.parse(created.stdout) as { token: string }
    const status = ['daemon', 'status', '--daemon', url, '--token', token]
    expect(await place.run(...status)).toMatchObject({ code: 3 })
    const env = { ...place.options.env, NODE_EXTRA_CA_CERTS: first.certificate }
    expect(await runCli(status, { ...place.options, env })).toMatchObject({ code: 0 })

    // A certificate without its key.
    copyFileSync(second.certificate, mine.certificate)
    expect((await place.run('config', 'reload')).stdout).toContain('the certificate stays as it was')
    expect(await shownName(port, oldTrust)).toBe('first')
    install(second)
    expect(await place.run('config', 'reload')).toMatchObject({ code: 0 })
    expect(await shownName(port, newTrust)).toBe('second')
    await expect(shownName(port, oldTrust)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })
})
