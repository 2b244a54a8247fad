// Two clients behind gateways that let nobody in meet over uTP with the help of a third peer (BEP 55). Each gateway is a
// network namespace of its own with the kernel's address translation; nothing can leave the machine.

import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseTorrent } from '@ccbt/metainfo'
import { toHex } from '@ccbt/primitives'
import { startChild, waitFor } from './drivers/child.ts'
import type { Child } from './drivers/child.ts'
import { makeFolder, writeData } from './fixture.ts'

const RELAY_PORT = 7000
const TIMEOUT_MS = 60_000
/** Global addresses, as gateways have them; they exist in the namespaces only. */
const SIDES = [
  { name: 'a', inside: '10.0.1', outside: '198.51.100' },
  { name: 'b', inside: '10.0.2', outside: '203.0.113' },
] as const

const ns = (name: string): string => `ccbt-hp-${name}-${process.pid}`
const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
const MAIN = join(import.meta.dirname, '../../packages/cli/src/main.ts')

function isFine(command: string): boolean {
  const [program = '', ...args] = command.split(' ')
  return spawnSync(program, args, { env }).status === 0
}

function reasonToSkip(): string | undefined {
  const missing = ['nft', 'ip'].filter((name) => !isFine(`which ${name}`))
  if (missing.length > 0) return `${missing.join(', ')} not installed`
  const isAllowed = isFine(`ip netns add ${ns('hub')}`) && isFine(`ip netns exec ${ns('hub')} nft list ruleset`)
  isFine(`ip netns del ${ns('hub')}`)
  return isAllowed ? undefined : 'no network namespace with a firewall can be made'
}

/** hub: everybody's internet. Gateways let out whatever goes out, and in what answers it; the rest is dropped. */
const RULES = `table inet gateway {
  chain input { type filter hook input priority 0; policy drop; iifname "lan" accept; ct state established accept; }
  chain forward { type filter hook forward priority 0; policy drop; iifname "lan" accept; ct state established accept; }
  chain out { type nat hook postrouting priority 100; policy accept; oifname "wan" masquerade; }
}`

function makeNetworks(folder: string): void {
  writeFileSync(join(folder, 'rules'), RULES)
  const commands = [`ip netns add ${ns('hub')}`, `ip -n ${ns('hub')} link set lo up`]
  for (const { name, inside, outside } of SIDES) {
    const [gateway, home] = [ns(`gateway-${name}`), ns(`home-${name}`)]
    commands.push(
      `ip netns add ${gateway}`,
      `ip netns add ${home}`,
      `ip link add side-${name} netns ${ns('hub')} type veth peer name wan netns ${gateway}`,
      `ip link add lan netns ${gateway} type veth peer name eth0 netns ${home}`,
      `ip -n ${ns('hub')} addr add ${outside}.1/24 dev side-${name}`,
      `ip -n ${gateway} addr add ${outside}.2/24 dev wan`,
      `ip -n ${gateway} addr add ${inside}.1/24 dev lan`,
      `ip -n ${home} addr add ${inside}.2/24 dev eth0`,
      `ip -n ${ns('hub')} link set side-${name} up`,
      ...['lo', 'wan', 'lan'].map((link) => `ip -n ${gateway} link set ${link} up`),
      ...['lo', 'eth0'].map((link) => `ip -n ${home} link set ${link} up`),
      `ip -n ${gateway} route add default via ${outside}.1`,
      `ip -n ${home} route add default via ${inside}.1`,
      `ip netns exec ${gateway} sysctl -qw net.ipv4.ip_forward=1`,
      `ip netns exec ${gateway} nft -f ${join(folder, 'rules')}`,
    )
  }
  commands.push(`ip netns exec ${ns('hub')} sysctl -qw net.ipv4.ip_forward=1`)
  for (const command of commands) if (!isFine(command)) throw new Error(`failed: ${command}`)
}

function removeNetworks(): void {
  const names = ['hub', ...SIDES.flatMap(({ name }) => [`gateway-${name}`, `home-${name}`])]
  for (const name of names) isFine(`ip netns del ${ns(name)}`)
}

interface Told {
  readonly child: Child
  readonly events: Record<string, unknown>[]
}

function start(where: string, script: string, args: readonly string[]): Told {
  const events: Record<string, unknown>[] = []
  const command = ['ip', 'netns', 'exec', ns(where), process.execPath, '--conditions=ccbt-src', script, ...args]
  const onLine = (line: string): void => void events.push(JSON.parse(line) as Record<string, unknown>)
  const quiet = { CCBT_DHT__ENABLED: 'false', CCBT_LSD__ENABLED: 'false', CCBT_PORT_MAPPING__ENABLED: 'false' }
  return { child: startChild(command, { env: { PATH: env.PATH, ...quiet }, onLine }), events }
}

const has = ({ events }: Told, event: string): boolean => events.some((told) => told['event'] === event)

const reason = reasonToSkip()

describe.skipIf(reason !== undefined)(reason ? `hole punching (skipped: ${reason})` : 'hole punching', () => {
  const folder = makeFolder()
  const torrent = join(folder, 'test.torrent')
  let infoHash = ''

  beforeAll(async () => {
    makeNetworks(folder)
    writeData(join(folder, 'source/one.bin'), 3_000_000, 1)
    const create = ['--conditions=ccbt-src', MAIN, 'create', join(folder, 'source/one.bin'), '-o', torrent, '-q']
    if (spawnSync(process.execPath, create, { env }).status !== 0) throw new Error('no torrent')
    infoHash = toHex(parseTorrent(await readFile(torrent)).infoHash)
  })

  afterAll(() => {
    removeNetworks()
    rmSync(folder, { recursive: true, force: true })
  })

  async function meet(mode: 'relays' | 'refuses', check: (added: Told, relay: Told) => Promise<void>): Promise<void> {
    const place = join(folder, mode)
    await mkdir(place)
    const relayScript = join(import.meta.dirname, 'drivers/holepunch-relay.ts')
    const relay = start('hub', relayScript, [infoHash, String(RELAY_PORT), '198.51.100.2', mode])
    await waitFor('the relay', TIMEOUT_MS, () => has(relay, 'listening'))
    const common = ['--json', '--encryption', 'disabled', '--state-dir']
    const seedArgs = ['seed', torrent, '--data', join(folder, 'source'), '--peer', `203.0.113.1:${RELAY_PORT}`]
    const seed = start('home-b', MAIN, [...seedArgs, ...common, join(place, 'state-b')])
    await waitFor('the seed at the relay', TIMEOUT_MS, () => has(relay, 'peer'))
    const addArgs = ['add', torrent, '-o', join(place, 'out'), '--peer', `198.51.100.1:${RELAY_PORT}`]
    const added = start('home-a', MAIN, [...addArgs, ...common, join(place, 'state-a')])
    try {
      await check(added, relay)
    } finally {
      await Promise.all([added, seed, relay].map(({ child }) => child.stop()))
    }
  }

  it('brings two together whom nobody can reach', async () => {
    await meet('relays', async (added, relay) => {
      await waitFor('the download', TIMEOUT_MS, () => has(added, 'complete'))
      expect(has(relay, 'rendezvous')).toBe(true)
    })
    const [sent, got] = await Promise.all(
      ['source', 'relays/out'].map((where) => readFile(join(folder, where, 'one.bin'))),
    )
    expect(got!.equals(sent!)).toBe(true)
  })

  it('is needed: without the relay they do not meet', async () => {
    await meet('refuses', async (added, relay) => {
      await waitFor('a rendezvous', TIMEOUT_MS, () => has(relay, 'rendezvous'))
      await new Promise((resolve) => setTimeout(resolve, 3000))
      expect(has(added, 'complete')).toBe(false)
    })
  })
})
