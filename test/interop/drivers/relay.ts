// Runs inside the network namespace and keeps it alive: every connection to the Unix socket given on the command line
// starts with one line `host:port` and is then passed on to that TCP address. Ends when its standard input does.

import { execFileSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'

const [socketPath = '', address = ''] = process.argv.slice(2)

execFileSync('ip', ['link', 'set', 'lo', 'up'])
// A prefix on the loopback interface makes every address in it local.
execFileSync('ip', ['address', 'add', `${address}/24`, 'dev', 'lo'])

function pass(from: Socket, first: Buffer): void {
  const end = first.indexOf(10)
  const target = first.subarray(0, end).toString()
  const colon = target.lastIndexOf(':')
  const to = connect({ host: target.slice(0, colon), port: Number(target.slice(colon + 1)) })
  to.write(first.subarray(end + 1))
  from.pipe(to)
  to.pipe(from)
  to.on('error', () => from.destroy())
  from.on('error', () => to.destroy())
}

const server = createServer((from) => {
  from.once('data', (first: Buffer) => pass(from, first))
  from.on('error', () => from.destroy())
})
server.listen(socketPath, () => process.stdout.write('ready\n'))
process.stdin.on('end', () => process.exit(0)).resume()
