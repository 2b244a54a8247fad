// Methods about the trackers of a torrent, and about peers that are named.

import { parseEndpoint } from '@ccbt/address'
import type { Endpoint } from '@ccbt/address'
import { isCcbtError } from '@ccbt/primitives'

import type { EngineTorrent } from '../engine/engine-torrent.ts'
import { invalidRequest } from '../errors.ts'
import { required, textOf } from '../http/arguments.ts'
import type { HttpAnswer } from '../http/route.ts'
import { editedTrackers } from '../transmission/tracker-edit.ts'
import { listField } from './form.ts'
import type { Call, Method } from './method.ts'
import { json, text } from './method.ts'
import { forOne, torrentsOf } from './torrent-list.ts'

/** Peers of one request; more are no honest one. */
const MAX_PEERS = 1000

/** Every method by its name. */
export const TRACKER_METHODS: Readonly<Record<string, Method>> = {
  'torrents/addTrackers': forOne(addTrackers),
  'torrents/removeTrackers': forOne(removeTrackers),
  'torrents/editTracker': forOne(editTracker),
  'torrents/addPeers': { needs: 'control', run: addPeers },
}

/** The addresses in `peers` that are some, and how many were named. @throws DAEMON_REQUEST_INVALID */
export function peersOf({ fields }: Pick<Call, 'fields'>): { readonly peers: Endpoint[]; readonly named: number } {
  const named = required(textOf(fields, 'peers'), 'peers').split('|')
  if (named.length > MAX_PEERS) throw invalidRequest(`at most ${MAX_PEERS} peers at a time`)
  return { peers: named.flatMap((peer) => endpointOf(peer.trim()) ?? []), named: named.length }
}

function endpointOf(peer: string): Endpoint | undefined {
  try {
    return parseEndpoint(peer)
  } catch (error) {
    if (!isCcbtError(error)) throw error
    return undefined
  }
}

/** The torrents learn of them all; whom they reach shows later. */
async function addPeers(call: Call): Promise<HttpAnswer> {
  const { peers, named } = peersOf(call)
  if (peers.length === 0) return text('No valid peers were specified', 400)
  const torrents = torrentsOf(call)
  for (const torrent of torrents) await torrent.addPeers(peers)
  const outcome = { added: peers.length, failed: named - peers.length }
  return json(Object.fromEntries(torrents.map(({ infoHash }) => [infoHash, outcome])))
}

async function addTrackers(torrent: EngineTorrent, { fields }: Call): Promise<void> {
  required(textOf(fields, 'urls'), 'urls')
  await editTrackers(torrent, { trackerAdd: listField(fields, 'urls', /\r?\n/) })
}

async function editTrackers(torrent: EngineTorrent, edit: Parameters<typeof editedTrackers>[0]): Promise<void> {
  const tiers = editedTrackers(edit, torrent.trackers())
  if (tiers !== undefined) await torrent.setTrackers(tiers)
}

async function removeTrackers(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  required(textOf(fields, 'urls'), 'urls')
  // Clients escape what is between the bars, or do not.
  const gone = new Set(listField(fields, 'urls', '|').flatMap((url) => [url, unescaped(url)]))
  const trackerRemove = [...torrent.trackers().flat().entries()].flatMap(([i, url]) => (gone.has(url) ? [i] : []))
  if (trackerRemove.length === 0) return text('there is no such tracker', 409)
  await editTrackers(torrent, { trackerRemove })
}

async function editTracker(torrent: EngineTorrent, { fields }: Call): Promise<HttpAnswer | void> {
  const from = required(textOf(fields, 'origUrl'), 'origUrl')
  const to = required(textOf(fields, 'newUrl'), 'newUrl')
  if (from === to) return
  const urls = torrent.trackers().flat()
  if (!urls.includes(from) || urls.includes(to)) return text('there is no such tracker, or the new one is there', 409)
  await editTrackers(torrent, { trackerReplace: [urls.indexOf(from), to] })
}

function unescaped(url: string): string {
  try {
    return decodeURIComponent(url)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return url
  }
}
