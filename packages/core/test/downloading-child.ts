// A process that downloads and tells how much it has, until it is killed: the other half of partial-pieces.test.ts.

import { readFileSync } from 'node:fs'

import { createSession } from '../src/index.ts'

const [torrentPath, stateDir, directory, peer, downloadLimitBps] = process.argv.slice(2)
const session = await createSession({
  stateDir: stateDir!,
  bind: '127.0.0.1',
  downloadLimitBps: Number(downloadLimitBps),
})
const torrent = await session.add(readFileSync(torrentPath!), { directory: directory!, peers: [peer!] })
setInterval(() => process.stdout.write(`${torrent.snapshot().downloaded}\n`), 20)
