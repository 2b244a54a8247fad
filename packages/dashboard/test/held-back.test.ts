// What the overview says that a torrent waits for, the surest reason first.

import type { PeerView, TorrentDetail } from '@ccbt/rpc-client'
import { expect, it } from 'vitest'

import { heldBack } from '../src/model/held-back.ts'
import { detailOf, rowOf, SESSION } from './samples.ts'

const sample = detailOf(rowOf({}))
const peerOf = (changes: Partial<PeerView>): PeerView => ({ ...sample.peers[0]!, ...changes })
const FULL = peerOf({ requests: 50 })
const CHOKING = peerOf({ peerChoking: true })
const EMPTY = peerOf({ amInterested: false })

it.each<[reason: string, detail: Partial<TorrentDetail>]>([
  ['heldByError', { row: rowOf({ phase: 'failed' }), lacksMemory: true }],
  ['heldByQueue', { row: rowOf({ phase: 'queued' }) }],
  ['heldByNothing', { row: rowOf({ phase: 'seeding' }) }],
  ['heldByLimit', { row: rowOf({ phase: 'seeding', uploadBps: 99, uploadLimitBps: 100 }) }],
  ['heldByLimit', { row: rowOf({ downloadBps: 95, downloadLimitBps: 100 }), lacksMemory: true }],
  ['heldBySessionLimit', { row: rowOf({ downloadBps: 1_999_999 }), lacksMemory: true }],
  ['heldByDisk', { peers: [FULL], lacksMemory: true }],
  ['heldByNoPeers', { peers: [] }],
  ['heldByPeers', { peers: [], webSeeds: [{ url: '', state: 'fetching', downloadBps: 1 }] }],
  ['heldByNothingOffered', { peers: [EMPTY] }],
  ['heldByChoke', { peers: [EMPTY, CHOKING] }],
  ['heldByRequests', { peers: [CHOKING, peerOf({ requests: 3 })] }],
  ['heldByPeers', { peers: [EMPTY, CHOKING, FULL] }],
])('%s', (reason, changes) => {
  const detail = { ...sample, webSeeds: [], peers: [], ...changes }
  const session = { ...SESSION, downloadBps: detail.row.downloadBps }
  expect(heldBack(detail, session)).toBe(reason)
})
