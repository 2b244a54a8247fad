// The nodes of a run for the next one: plain data that can be written as JSON. What is read is checked like anything from
// outside, and all of it is a hint only: every node is asked before it counts.

import { formatEndpoint, parseEndpoint } from '@ccbt/address'
import type { Endpoint, IpFamily } from '@ccbt/address'
import { fromHex, isCcbtError, toHex } from '@ccbt/primitives'

import { ID_BYTES, isDialable } from './contact.ts'
import type { NodeId } from './node-id.ts'
import type { RoutingTable } from './routing-table.ts'

/** Nodes of one family. */
export interface SavedFamily {
  /** Our own id, hexadecimal. */
  readonly id: string
  /** `host:port`, the best first; at most 300. */
  readonly nodes: readonly string[]
}

/** What {@link Dht.saved} gives and {@link DhtOptions.saved} takes. */
export interface SavedNodes {
  readonly ipv4?: SavedFamily
  readonly ipv6?: SavedFamily
}

/** A saved family that was checked. */
export interface RestoredFamily {
  readonly id?: NodeId
  readonly nodes: readonly Endpoint[]
}

const MAX_SAVED = 300

/** The part of a family, to be saved. */
export function saveFamily(table: RoutingTable): SavedFamily {
  return { id: toHex(table.ownId), nodes: table.contacts().slice(0, MAX_SAVED).map(formatEndpoint) }
}

/** What is of use in `saved`, which may be anything. */
export function restoreFamily(saved: unknown, family: IpFamily, allowLocal: boolean): RestoredFamily {
  const { id, nodes } = entriesOf(entriesOf(saved)[family])
  const bytes = typeof id === 'string' && id.length === 2 * ID_BYTES ? fromHex(id) : undefined
  const texts: unknown[] = Array.isArray(nodes) ? nodes.slice(0, MAX_SAVED) : []
  const endpoints = texts.flatMap((text) => endpointOf(text) ?? [])
  return {
    ...(bytes === undefined ? {} : { id: bytes }),
    nodes: endpoints.filter((endpoint) => isDialable(endpoint, family, allowLocal)),
  }
}

function entriesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function endpointOf(text: unknown): Endpoint | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return parseEndpoint(text)
  } catch (error) {
    if (isCcbtError(error)) return undefined
    throw error
  }
}
