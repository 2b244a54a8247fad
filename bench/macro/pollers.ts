// A program: clients that ask Transmission's interface once a second each, as the page of a remote client does.
// Arguments: port on 127.0.0.1, how many clients. They begin at different moments of the second. Prints `ready` when each
// has had an answer, and ends with a line of what went wrong when one gets none.

import { Agent, request } from 'node:http'

const INTERVAL_MS = 1000
const FIELDS = [
  'id',
  'hashString',
  'name',
  'status',
  'totalSize',
  'percentDone',
  'rateDownload',
  'rateUpload',
  'uploadRatio',
  'eta',
]
const SESSION_ID = 'x-transmission-session-id'

const [port = '', countText = ''] = process.argv.slice(2)
const count = Number(countText)
let sessionId = ''
let answered = 0

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}

/** Every other client asks for all torrents, the others for what changed. */
function ask(client: number, agent: Agent): void {
  const ids = client % 2 === 0 ? {} : { ids: 'recently-active' }
  const body = JSON.stringify({ method: 'torrent-get', arguments: { ...ids, fields: FIELDS } })
  const headers = { 'content-type': 'application/json', [SESSION_ID]: sessionId }
  const sent = request({ host: '127.0.0.1', port, path: '/transmission/rpc', method: 'POST', headers, agent })
  sent.on('error', (error) => fail(error.message))
  sent.on('response', (response) => {
    if (response.statusCode === 409) sessionId = String(response.headers[SESSION_ID])
    else if (response.statusCode !== 200) fail(`HTTP ${response.statusCode}`)
    else if (++answered === count) process.stdout.write('ready\n')
    response.resume()
  })
  sent.end(body)
}

for (let client = 0; client < count; client++) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  setTimeout(() => setInterval(() => ask(client, agent), INTERVAL_MS), (client * INTERVAL_MS) / count)
}
