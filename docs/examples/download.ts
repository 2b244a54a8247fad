import { readFile } from 'node:fs/promises'

import { createSession } from '@ccbt/core'

const [torrentFile = 'a.torrent', directory = '.', ...peers] = process.argv.slice(2)

await using session = await createSession({ stateDir: '/tmp/ccbt-example' })
session.subscribe((event) => {
  if (event.type === 'peer-banned') console.log(`banned ${event.address}: ${event.reason}`)
})

const torrent = await session.add(await readFile(torrentFile), { directory, peers })
const timer = setInterval(() => {
  const { piecesDone, pieces, downloadBps, connections } = torrent.snapshot()
  console.log(`${piecesDone}/${pieces} pieces, ${Math.round(downloadBps / 1000)} kB/s from ${connections} peers`)
}, 1000)

await torrent.complete
clearInterval(timer)
console.log(`complete: ${torrent.snapshot().name}`)
