// Proxies of Debian as programs in the network, with or without a user and password.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from './child.ts'
import { orKill, untilTaken } from './driver.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

/** Who may use a proxy that asks. */
export const CREDENTIALS = { user: 'ann', password: 'geheim' } as const
/** Of that password, as /etc/shadow has it. */
const PASSWORD_HASH =
  '$6$ccbttest$Qce5g581IWQx0EwsGhnkv0D8WJPNGVWtFGQnZv9.3WPQXZs1IKP.BOQ5KBZFXheWQNGeNE4FyXj1T.qttFHLz0'

/** A running proxy. */
export interface RunningProxy extends AsyncDisposable {
  /** With user and password when it asks for them. */
  readonly url: string
  readonly child: Child
}

/** Where a proxy listens. */
export interface ProxyPlace {
  readonly host: string
  readonly port: number
  /** An empty folder of its own. */
  readonly work: string
  readonly asksForPassword: boolean
}

/** A kind of proxy. */
export interface ProxyDriver {
  readonly name: string
  /** Why it cannot be used, or nothing. */
  missing(asksForPassword: boolean): string | undefined
  start(network: Pick<Network, 'run'>, place: ProxyPlace): Promise<RunningProxy>
}

/** microsocks: TCP only. */
export const microsocks: ProxyDriver = {
  name: 'microsocks',
  missing: () => (isInstalled('microsocks') ? undefined : 'microsocks is not installed'),
  start: async (network, place) => {
    const { host, port, asksForPassword } = place
    const login = asksForPassword ? ['-u', CREDENTIALS.user, '-P', CREDENTIALS.password] : []
    const child = network.run(['microsocks', '-i', host, '-p', String(port), ...login])
    return await running(network, place, { child, scheme: 'socks5' })
  },
}

/** Dante, which asks for the passwords of the system: it gets an /etc of its own. */
export const dante: ProxyDriver = {
  name: 'dante',
  missing: (asksForPassword) => {
    if (!isInstalled('danted')) return 'dante-server is not installed'
    return asksForPassword && process.getuid?.() !== 0 ? 'only root can give dante its own passwords' : undefined
  },
  start: async (network, place) => {
    mkdirSync(place.work, { recursive: true })
    const configuration = join(place.work, 'danted.conf')
    writeFileSync(configuration, danteConfiguration(place))
    const command = ['danted', '-f', configuration, '-N', '1']
    const child = network.run(place.asksForPassword ? withPasswords(place.work, command) : command, {
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
    })
    return await running(network, place, { child, scheme: 'socks5' })
  },
}

/** Tinyproxy: HTTP, with CONNECT to any port. */
export const tinyproxy: ProxyDriver = {
  name: 'tinyproxy',
  missing: () => (isInstalled('tinyproxy') ? undefined : 'tinyproxy is not installed'),
  start: async (network, place) => {
    const { host, port, work, asksForPassword } = place
    mkdirSync(work, { recursive: true })
    const configuration = join(work, 'tinyproxy.conf')
    const login = asksForPassword ? `BasicAuth ${CREDENTIALS.user} ${CREDENTIALS.password}\n` : ''
    writeFileSync(configuration, `Listen ${host}\nPort ${port}\nTimeout 600\nMaxClients 100\n${login}`)
    const child = network.run(['tinyproxy', '-d', '-c', configuration])
    return await running(network, place, { child, scheme: 'http' })
  },
}

function danteConfiguration({ host, port, asksForPassword }: ProxyPlace): string {
  const isRoot = process.getuid?.() === 0
  return `
    logoutput: stderr
    internal: ${host} port = ${port}
    external: ${host}
    clientmethod: none
    socksmethod: ${asksForPassword ? 'username' : 'none'}
    ${isRoot ? 'user.privileged: root\n user.unprivileged: nobody' : ''}
    client pass { from: 0/0 to: 0/0 }
    socks pass { from: 0/0 to: 0/0 command: connect udpassociate udpreply }
  `
}

function withPasswords(work: string, command: readonly string[]): string[] {
  const [passwd, shadow] = [join(work, 'passwd'), join(work, 'shadow')]
  const { user } = CREDENTIALS
  writeFileSync(passwd, `${readFileSync('/etc/passwd', 'utf8')}${user}:x:60001:60001::/:/usr/sbin/nologin\n`)
  writeFileSync(shadow, `${readFileSync('/etc/shadow', 'utf8')}${user}:${PASSWORD_HASH}:19000::::::\n`, { mode: 0o600 })
  const script = 'mount --bind "$0" /etc/passwd && mount --bind "$1" /etc/shadow && shift && exec "$@"'
  return ['unshare', '--mount', '--', 'sh', '-c', script, passwd, shadow, ...command]
}

async function running(
  network: Pick<Network, 'run'>,
  place: ProxyPlace,
  { child, scheme }: { readonly child: Child; readonly scheme: 'socks5' | 'http' },
): Promise<RunningProxy> {
  const { host, port, asksForPassword } = place
  await orKill('the proxy', child, () => untilTaken('the proxy is up', child, () => isListening(network, port)))
  const login = asksForPassword ? `${CREDENTIALS.user}:${CREDENTIALS.password}@` : ''
  return { url: `${scheme}://${login}${host}:${port}`, child, [Symbol.asyncDispose]: () => child.stop() }
}

async function isListening(network: Pick<Network, 'run'>, port: number): Promise<boolean> {
  const child = network.run(['ss', '-Hltn', `sport = :${port}`])
  await child.exit
  return child.log().includes(`:${port}`)
}
