// The composition root: makes the parts that all torrents of a session share (sockets, disk workers, sources of peers),
// and gives each torrent those that it may use.

import { join } from 'node:path'

import { SavePathLocks } from '@ccbt/disk-io'
import { makePeerId, MAX_METADATA_BYTES } from '@ccbt/wire-protocol'

import type { SessionGate } from '../blocking/address-gate.ts'
import type { SessionEvent } from '../events.ts'
import type { AddOptions, SessionOptions, SessionParts } from '../options.ts'
import { DialLimit } from '../peer/dial-limit.ts'
import { ExternalAddress } from '../peer/external-address.ts'
import { PeerNetwork } from '../peer/peer-network.ts'
import type { PeerNetworkParts } from '../peer/peer-network.ts'
import { bindAddresses, createSessionSockets } from '../peer/session-sockets.ts'
import type { SessionSockets } from '../peer/session-sockets.ts'
import { proxyRoutes } from '../proxying.ts'
import { openDisk } from './making.ts'
import type { SessionShared } from './shared.ts'
import type { MappingAccess } from '../sources/mapping-access.ts'
import { openSources } from '../sources/session-sources.ts'
import { TrafficBook } from '../stats/traffic.ts'
import { createSystemRandom, systemClock } from '../system.ts'
import { DEFAULT_CHOKING } from '../upload/choking-policy.ts'
import { VERSION } from '../version.ts'
import type { SessionXet } from '../xet/session-xet.ts'

const DEFAULT_MAX_PEERS = 80
/** Honest metadata has been seen up to 24 MB, nearly all below 1 MB. */
const DEFAULT_MAX_METADATA_BYTES = 16_777_216

/** What had to be waited for. */
export interface OpenedParts {
  readonly gate: SessionGate
  readonly chunks?: SessionXet
}

/** What the parts tell their session. */
export interface SessionHooks {
  readonly emit: (event: SessionEvent) => void
  readonly route: PeerNetworkParts['route']
}

/** The shared parts, but for what is each torrent's own. */
export interface SharedByAll extends Omit<SessionShared, 'limits' | 'place'> {
  readonly network: PeerNetwork
}

/** The parts of a session. */
export interface ComposedSession {
  readonly shared: SharedByAll
  readonly sockets: SessionSockets
  /** Absent = no gateway is asked. */
  readonly mapping: MappingAccess | undefined
}

/** Makes the parts of a session, and those of them that are given not. */
export function composeSession(
  options: SessionOptions,
  given: Partial<SessionParts>,
  opened: OpenedParts,
  { emit, route }: SessionHooks,
): ComposedSession {
  const { clock = systemClock, random = createSystemRandom(), observer, tracer } = given
  const userAgent = options.userAgent ?? `ccbt/${VERSION}`
  const bind = bindAddresses(options.bind)
  const listenPort = (): number => shared.network.port
  const externalAddress = new ExternalAddress(listenPort, random)
  const network = { clock, random, bind }
  const proxies = proxyRoutes(options.proxy, { clock, bind, emit })
  const { transports } = options
  const sockets = createSessionSockets({ ...network, given: given.sockets, transports, proxy: proxies.peers })
  const { utp } = sockets
  const finding = { ...network, listenPort, utp, userAgent, externalAddress, proxies, observer, emit }
  const { shared: sources, mapping } = openSources(options, finding)
  const shared: SharedByAll = {
    clock,
    random,
    network: new PeerNetwork({
      ...network,
      sockets: sockets.factory,
      usesUtp: utp !== undefined,
      policy: options.encryption ?? 'allowed',
      isRefused: (host) => opened.gate.refusal(host) !== undefined,
      route,
      ...(observer && { observer }),
    }),
    disk: given.disk ?? openDisk(options, clock, observer),
    locks: new SavePathLocks(join(options.stateDir, 'resume')),
    traffic: new TrafficBook(),
    tracer,
    ...sources,
    ...opened,
    dialLimit: new DialLimit(clock),
    externalAddress,
    webNetwork: { bind, ...(proxies.web && { proxy: proxies.web }) },
    peerId: makePeerId(random, VERSION),
    trackerKey: random.u32(),
    userAgent,
    stateDir: options.stateDir,
    maxPeers: options.maxPeers ?? DEFAULT_MAX_PEERS,
    ...(options.uploadSlots === undefined ? {} : { uploadSlots: options.uploadSlots }),
    choking: given.choking ?? DEFAULT_CHOKING,
    maxMetadataBytes: Math.min(options.maxMetadataBytes ?? DEFAULT_MAX_METADATA_BYTES, MAX_METADATA_BYTES),
    listenPort,
    emit,
  }
  return { shared, sockets, mapping }
}

/** The parts for a torrent: what it is to go without is not there for it. */
export function shareWith(shared: SharedByAll, options: AddOptions, own: OwnParts): SessionShared {
  const { dht, lsd, ...rest } = shared
  const { network, usesPex } = shared
  const { maxPeers = shared.maxPeers, uploadSlots = shared.uploadSlots, encryption } = options
  return {
    ...rest,
    ...(dht === undefined || options.dht === false ? {} : { dht }),
    ...(lsd === undefined || options.lsd === false ? {} : { lsd }),
    usesPex: usesPex && options.pex !== false,
    network: encryption === undefined || encryption === network.policy ? network : network.withPolicy(encryption),
    ...own,
    maxPeers,
    ...(uploadSlots === undefined ? {} : { uploadSlots }),
  }
}

/** What each torrent has of its own. */
export type OwnParts = Pick<SessionShared, 'limits' | 'place'>
