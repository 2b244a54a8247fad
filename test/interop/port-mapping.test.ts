// Ports are mapped by miniupnpd, which is what most home gateways run. It stands between two network namespaces, so
// that default route, multicast and firewall are real and nothing can leave the machine.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'

const GATEWAY = '192.168.77.1'
/** Global, as a gateway's address outside has to be; it exists in the namespace only. */
const OUTSIDE = '8.1.2.3'
const INSIDE = '192.168.77.2'
const NEIGHBOUR = '192.168.77.3'
const TIMEOUT_MS = 60_000

const home = `ccbt-home-${process.pid}`
const router = `ccbt-router-${process.pid}`
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }

function run(command: string): { isFine: boolean; output: string } {
  const [program = '', ...args] = command.split(' ')
  const { status, stdout } = spawnSync(program, args, { env, encoding: 'utf8' })
  return { isFine: status === 0, output: stdout ?? '' }
}

function mustRun(command: string): void {
  if (!run(command).isFine) throw new Error(`failed: ${command}`)
}

function reasonToSkip(): string | undefined {
  const missing = ['miniupnpd', 'nft', 'ip', 'setpriv'].filter((name) => !run(`which ${name}`).isFine)
  if (missing.length > 0) return `${missing.join(', ')} not installed`
  const isAllowed = run(`ip netns add ${router}`).isFine && run(`ip netns exec ${router} nft list ruleset`).isFine
  run(`ip netns del ${router}`)
  return isAllowed ? undefined : 'no network namespace with a firewall can be made'
}

const reason = reasonToSkip()

function makeNetworks(folder: string): void {
  const links = [
    `ip netns add ${router}`,
    `ip netns add ${home}`,
    `ip link add lan0 netns ${router} type veth peer name eth0 netns ${home}`,
    `ip link add wan0 netns ${router} type veth peer name wan1 netns ${router}`,
    `ip -n ${router} addr add ${GATEWAY}/24 dev lan0`,
    `ip -n ${router} addr add ${OUTSIDE}/24 dev wan0`,
    ...['lo', 'lan0', 'wan0', 'wan1'].map((name) => `ip -n ${router} link set ${name} up`),
    `ip -n ${home} addr add ${INSIDE}/24 dev eth0`,
    `ip -n ${home} addr add ${NEIGHBOUR}/24 dev eth0`,
    ...['lo', 'eth0'].map((name) => `ip -n ${home} link set ${name} up`),
    `ip -n ${home} route add default via ${GATEWAY}`,
  ]
  for (const link of links) mustRun(link)
  writeFileSync(
    join(folder, 'rules'),
    `table inet filter {
      chain forward { type filter hook forward priority 0; policy drop; jump miniupnpd; }
      chain prerouting { type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }
      chain postrouting { type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }
      chain miniupnpd { }
      chain prerouting_miniupnpd { }
      chain postrouting_miniupnpd { }
    }`,
  )
  mustRun(`ip netns exec ${router} nft -f ${join(folder, 'rules')}`)
}

function startMiniupnpd(folder: string): Child {
  const settings = [
    'ext_ifname=wan0',
    'listening_ip=lan0',
    'enable_natpmp=yes',
    'enable_upnp=yes',
    'secure_mode=yes',
    'upnp_table_name=filter',
    'uuid=00000000-0000-4000-8000-000000000001',
    'allow 1024-65535 0.0.0.0/0 1024-65535',
    'deny 0-65535 0.0.0.0/0 0-65535',
  ]
  const path = join(folder, 'miniupnpd.conf')
  writeFileSync(path, settings.join('\n') + '\n')
  return inNetwork(router, ['miniupnpd', '-d', '-f', path, '-P', join(folder, 'pid')])
}

function inNetwork(name: string, command: readonly string[], onLine?: (line: string) => void): Child {
  return startChild(['ip', 'netns', 'exec', name, ...command], { env: { PATH: env.PATH }, ...(onLine && { onLine }) })
}

/** A client in the home network and what it got. */
function startClient(from: string, how: string): { child: Child; told: Record<string, unknown>[] } {
  const told: Record<string, unknown>[] = []
  const program = join(import.meta.dirname, 'drivers/port-mapper.ts')
  const command = [process.execPath, '--conditions=ccbt-src', program, from, how, GATEWAY]
  const child = inNetwork(home, command, (line) => told.push(JSON.parse(line) as Record<string, unknown>))
  return { child, told }
}

/** The rules of the router's firewall that lead inside: `port outside -> address:port`. */
function rules(): string[] {
  const { output } = run(`ip netns exec ${router} nft list chain inet filter prerouting_miniupnpd`)
  return Array.from(output.matchAll(/dport (\d+) dnat ip to (\S+)/g), ([, port, inside]) => `${port} -> ${inside}`)
}

describe.skipIf(reason !== undefined)(reason ? `miniupnpd (skipped: ${reason})` : 'miniupnpd', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ccbt-port-mapping-'))
  let daemon: Child | undefined

  beforeAll(async () => {
    makeNetworks(folder)
    const started = startMiniupnpd(folder)
    daemon = started
    // The kernel takes a moment to see that the cable is plugged in.
    await waitFor('the link', TIMEOUT_MS, () => run(`ip -n ${home} link show eth0`).output.includes('state UP'))
    await waitFor('miniupnpd to listen', TIMEOUT_MS, () => started.log().includes('Listening for NAT-PMP'))
  })

  afterAll(async () => {
    await daemon?.stop()
    for (const name of [home, router]) run(`ip netns del ${name}`)
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['any', 'pcp'],
    ['nat-pmp', 'nat-pmp'],
    ['upnp', 'upnp'],
  ])('maps for a client that asks by %s, and forgets it at the end', async (how, via) => {
    const { child, told } = startClient(INSIDE, how)
    await waitFor('a mapping', TIMEOUT_MS, () => told.length > 0)
    expect(told[0]).toMatchObject({ via, externalPort: 6881, externalIp: OUTSIDE })
    expect(rules()).toEqual([`6881 -> ${INSIDE}:6881`])
    child.signal('SIGTERM')
    expect(await child.exit).toBe(0)
    expect(rules()).toEqual([])
  })

  it.each(['any', 'upnp'])('gives the second client that asks by %s another port', async (how) => {
    const first = startClient(INSIDE, how)
    await waitFor('a mapping', TIMEOUT_MS, () => first.told.length > 0)
    const second = startClient(NEIGHBOUR, how)
    await waitFor('a mapping', TIMEOUT_MS, () => second.told.length > 0)
    const port = second.told[0]!['externalPort']
    expect(port).not.toBe(6881)
    expect(rules().toSorted()).toEqual([`6881 -> ${INSIDE}:6881`, `${String(port)} -> ${NEIGHBOUR}:6881`].toSorted())
    for (const { child } of [first, second]) {
      child.signal('SIGTERM')
      expect(await child.exit).toBe(0)
    }
    expect(rules()).toEqual([])
  })
})
