// A program: a small HTTP tracker (BEP 3, compact answers of BEP 23) whose answers a test can foresee.
// Arguments: host, port, `fixed` or `open`, peers. `fixed` gives everybody just these peers; `open` also those who announce.

import { createServer } from 'node:http'
import { bencode } from '../torrent-file.ts'

const [host = '', port = '', mode = '', ...given] = process.argv.slice(2)
const announced = new Map<string, Set<string>>()

/** The values of a query string as bytes: one character each. */
function parseQuery(url: string): Map<string, string> {
  const query = url.slice(url.indexOf('?') + 1)
  const pairs = query.split('&').map((pair) => {
    const [name = '', value = ''] = pair.split('=')
    const bytes = value.replaceAll(/%([0-9a-fA-F]{2})/gu, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    return [name, bytes] as const
  })
  return new Map(pairs)
}

function compact(peers: readonly string[]): Buffer {
  const answer = Buffer.alloc(peers.length * 6)
  for (const [index, peer] of peers.entries()) {
    const [address = '', peerPort = ''] = peer.split(':')
    for (const [i, byte] of address.split('.').entries()) answer[index * 6 + i] = Number(byte)
    answer.writeUInt16BE(Number(peerPort), index * 6 + 4)
  }
  return answer
}

function announce(query: ReadonlyMap<string, string>, from: string): readonly string[] {
  const me = `${from}:${query.get('port')}`
  const infoHash = query.get('info_hash') ?? ''
  const swarm = announced.get(infoHash) ?? new Set()
  announced.set(infoHash, swarm)
  if (query.get('event') === 'stopped') swarm.delete(me)
  else if (mode === 'open') swarm.add(me)
  return [...new Set([...given, ...swarm])].filter((peer) => peer !== me)
}

createServer((request, response) => {
  const from = (request.socket.remoteAddress ?? '').replace('::ffff:', '')
  const peers = announce(parseQuery(request.url ?? ''), from)
  // Two seconds, so that a client which came too early soon asks again.
  response.end(bencode({ interval: 2, 'min interval': 1, complete: 1, incomplete: 1, peers: compact(peers) }))
}).listen(Number(port), host, () => process.stdout.write('ready\n'))
