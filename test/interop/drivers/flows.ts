// Where one program of a network sends to, as its firewall sees it: whatever socket is used and however briefly, nothing
// leaves uncounted. The program is told apart from the others by a group of its own.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './child.ts'
import type { Child, ChildOptions } from './child.ts'
import { isInstalled } from './network.ts'
import type { Network } from './network.ts'

const GROUP = 47_110
const PATH = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }
const TIMEOUT_MS = 10_000
const END = 'end of the list'
/** An interface with a neighbour, so that multicast has a way out. */
export const LAN_INTERFACE = 'lan0'

/** The two addresses of the interface. */
export const LAN_ADDRESSES = ['10.98.0.1', '10.98.0.2'] as const

/** Packets that have the same way. */
export interface Flow {
  readonly from: string
  readonly to: string
  readonly protocol: 'tcp' | 'udp'
  /** At the other end. */
  readonly port: number
}

/** Why flows cannot be watched in this network, or nothing. */
export function flowsMissing(network: Network): string | undefined {
  if (network.onlyLoopback !== undefined) return network.onlyLoopback
  if (process.getuid?.() !== 0) return 'only root can give a program a group of its own'
  return isInstalled('nft') ? undefined : 'nft is not installed'
}

/** Watches what one program sends. */
export class Flows {
  readonly #network: Network

  private constructor(network: Network) {
    this.#network = network
  }

  /** Makes the interface and the counting rules; `folder` is for the rules' file. */
  static async open(network: Network, folder: string): Promise<Flows> {
    const flows = new Flows(network)
    const path = join(folder, 'flows.nft')
    writeFileSync(path, rules())
    await flows.#must('nft', '-f', path)
    await flows.#must('ip', 'link', 'add', LAN_INTERFACE, 'type', 'veth', 'peer', 'name', 'lan1')
    for (const name of [LAN_INTERFACE, 'lan1']) await flows.#must('ip', 'link', 'set', name, 'up')
    for (const address of LAN_ADDRESSES) await flows.addAddress(address)
    await flows.#must('ip', 'route', 'add', 'default', 'dev', LAN_INTERFACE)
    return flows
  }

  /** Starts the program that is watched. */
  run(command: readonly string[], options: ChildOptions = {}): Child {
    return this.#network.run(['setpriv', `--regid=${GROUP}`, '--clear-groups', '--', ...command], options)
  }

  /** All ways that were used since the start or `forget`. */
  async list(): Promise<Flow[]> {
    const list = `nft --numeric list table inet flows && echo ${END}`
    const child = this.#network.run(['sh', '-c', list], { env: PATH })
    // A program's end can be known before its last output.
    const text = await waitFor('the list of flows', TIMEOUT_MS, () => child.log().includes(END) && child.log())
    return Array.from(
      text.matchAll(/(\S+) \. (\S+) \. (6|17) \. (\d+)/g),
      ([, from = '', to = '', protocol, port]) => ({
        from,
        to,
        protocol: protocol === '6' ? 'tcp' : 'udp',
        port: Number(port),
      }),
    )
  }

  async forget(): Promise<void> {
    for (const set of ['ipv4', 'ipv6']) await this.#must('nft', 'flush', 'set', 'inet', 'flows', set)
  }

  async addAddress(address: string): Promise<void> {
    await this.#must('ip', 'address', 'add', `${address}/32`, 'dev', LAN_INTERFACE)
  }

  async removeAddress(address: string): Promise<void> {
    await this.#must('ip', 'address', 'del', `${address}/32`, 'dev', LAN_INTERFACE)
  }

  async #must(...command: readonly string[]): Promise<void> {
    const child = this.#network.run(command, { env: PATH })
    if ((await child.exit) !== 0) throw new Error(`${command.join(' ')}: ${child.log()}`)
  }
}

function rules(): string {
  const families = [
    { set: 'ipv4', header: 'ip' },
    { set: 'ipv6', header: 'ip6' },
  ]
  const sets = families.map(
    ({ set }) => `set ${set} { type ${set}_addr . ${set}_addr . inet_proto . inet_service; flags dynamic; size 4096; }`,
  )
  const notes = families.map(
    ({ set, header }) =>
      `meta skgid ${GROUP} meta l4proto { tcp, udp } ` +
      `add @${set} { ${header} saddr . ${header} daddr . meta l4proto . th dport }`,
  )
  return `table inet flows {
    ${sets.join('\n')}
    chain output {
      type filter hook output priority 0; policy accept;
      ${notes.join('\n')}
    }
  }\n`
}
