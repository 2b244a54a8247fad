// Connections to HTTP and HTTPS trackers through a proxy, for node's own client. The proxy resolves the tracker's name.

import { Agent as HttpAgent } from 'node:http'
import type { AgentOptions, ClientRequestArgs } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'

import { normalIp } from '@ccbt/address'
import type { Proxy, Tunnel } from '@ccbt/proxy'

/** How tunnels are made. */
export interface TunnelAgentOptions {
  readonly proxy: Pick<Proxy, 'tunnel'>
  /** For reaching the proxy and its reaching the tracker. */
  readonly timeoutMs: number
  /** Ends tunnels that are being made. */
  readonly signal: AbortSignal
}

type Created = (error: Error | null, socket: Duplex) => void

/** An agent for HTTP whose connections all go through the proxy. */
export function httpTunnelAgent(options: TunnelAgentOptions, pool: AgentOptions): HttpAgent {
  const agent = new HttpAgent(pool)
  agent.createConnection = (target, created) => {
    const tunnel = open(options, target)
    whenReady(tunnel, created, () => tunnel.socket)
    return undefined
  }
  return agent
}

/** The same for HTTPS. */
export function httpsTunnelAgent(options: TunnelAgentOptions, pool: AgentOptions): HttpsAgent {
  const agent = new HttpsAgent(pool)
  agent.createConnection = (target, created) => {
    const tunnel = open(options, target)
    const host = target.host ?? ''
    whenReady(tunnel, created, () =>
      // Nothing is connected to: `host` is what the certificate of an address is checked against.
      connectTls({
        socket: tunnel.socket,
        host,
        ...(normalIp(host) === undefined ? { servername: host.replace(/\.$/, '') } : {}),
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: true,
      }),
    )
    return undefined
  }
  return agent
}

function open({ proxy, timeoutMs, signal }: TunnelAgentOptions, { host, port }: ClientRequestArgs): Tunnel {
  return proxy.tunnel({ host: host ?? '', port: Number(port) }, { timeoutMs, signal })
}

function whenReady(tunnel: Tunnel, created: Created | undefined, socket: () => Duplex): void {
  tunnel.ready.then(
    () => created?.(null, socket()),
    (error: unknown) => created?.(error instanceof Error ? error : new Error(String(error)), tunnel.socket),
  )
}
