// `ccbt doctor`: looks at everything that often is the reason when something does not work, and says a line about each.

import { execFile } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { access, constants, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { bindOf } from '@ccbt/config'
import type { Config } from '@ccbt/config'
import { displayText } from '@ccbt/metainfo'
import { createHttpControl, isUnreachable } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { loadConfiguration } from '../configuration/configuration.ts'
import { addressOf } from '../daemon/address.ts'
import { errnoOf } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'
import { formatBytes } from '../output/format.ts'
import { jsonLine } from '../output/json-lines.ts'
import { processTerminal } from '../output/terminal.ts'

/** One thing that was looked at; `bad` makes the exit status 1. */
interface Finding {
  readonly area: string
  readonly verdict: 'good' | 'warning' | 'bad'
  readonly text: string
}

const LOW_SPACE_BYTES = 1_000_000_000
const FEW_FILES = 1024
/** Before ccbt was written: certificates would not be valid yet. */
const EARLIEST_MS = Date.UTC(2025, 0, 1)
const LOOKUP_MS = 5000

/** Prints what was found; returns the exit status. */
export async function runDoctor(flags: ClientFlags): Promise<number> {
  const findings = [...(await lookAtSettings(flags)), clock(), await openFiles(), await daemon(flags)]
  for (const finding of findings) {
    const text = `${finding.verdict.padEnd(7)}  ${finding.area}: ${finding.text}`
    processTerminal().line(flags.json === true ? jsonLine({ event: 'finding', ...finding }) : displayText(text))
  }
  return findings.some(({ verdict }) => verdict === 'bad') ? EXIT_CODES.unknown.code : EXIT_CODES.ok.code
}

async function lookAtSettings(flags: ClientFlags): Promise<Finding[]> {
  try {
    const config = await loadConfiguration(flags.stateDir === undefined ? {} : { stateDir: flags.stateDir })
    const download = config.session.get('paths.download')
    return [
      { area: 'settings', verdict: 'good', text: 'can be used' },
      await folder('state', config.stateFolder),
      await folder('downloads', download),
      await space(download),
      await port(config),
      await names(config),
    ]
  } catch (error) {
    return [{ area: 'settings', verdict: 'bad', text: messageOf(error) }]
  }
}

/** A folder that is not there yet is made when it is needed: then its parent counts. */
async function folder(area: string, path: string): Promise<Finding> {
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    const { mode } = await stat(path)
    const isOpen = area === 'state' && (mode & 0o077) !== 0
    const text = isOpen ? `${path} can be read by others (chmod 700)` : `${path} can be written`
    return { area, verdict: isOpen ? 'warning' : 'good', text }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return await folder(area, dirname(path))
    return { area, verdict: 'bad', text: `${path}: ${messageOf(error)}` }
  }
}

async function space(path: string): Promise<Finding> {
  try {
    const { bavail, bsize } = await statfs(path)
    const free = bavail * bsize
    return { area: 'disk', verdict: free < LOW_SPACE_BYTES ? 'warning' : 'good', text: `${formatBytes(free)} free` }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' && dirname(path) !== path) return await space(dirname(path))
    return { area: 'disk', verdict: 'bad', text: messageOf(error) }
  }
}

/** Whether peers could be listened for; a daemon that runs has the port already. */
async function port(config: Config): Promise<Finding> {
  const wanted = config.session.get('network.port')
  const bind = bindOf(config.session)
  const host = typeof bind === 'object' ? (bind.v4 ?? bind.v6) : bind
  const { promise, resolve } = Promise.withResolvers<Finding>()
  const server = createServer()
  server.once('error', (error) => {
    const isTaken = errnoOf(error) === 'EADDRINUSE'
    const text = isTaken ? `${wanted} is in use, by a daemon perhaps` : messageOf(error)
    resolve({ area: 'port', verdict: isTaken ? 'warning' : 'bad', text })
  })
  server.listen({ port: wanted, ...(host === undefined ? {} : { host }) }, () => {
    const text = wanted === 0 ? 'any free one (network.port says which)' : `${wanted} is free`
    server.close(() => resolve({ area: 'port', verdict: 'good', text }))
  })
  return await promise
}

/** A name that every client looks up when it knows no node of the DHT. */
async function names(config: Config): Promise<Finding> {
  const [node] = config.session.get('dht.bootstrap')
  const name = node?.replace(/:\d+$/, '')
  if (!config.session.get('dht.enabled') || name === undefined) {
    return { area: 'names', verdict: 'good', text: 'not looked up: the DHT is off' }
  }
  try {
    const late = AbortSignal.timeout(LOOKUP_MS)
    const { promise, reject } = Promise.withResolvers<never>()
    late.addEventListener('abort', () => reject(new Error('no answer in time')))
    const { address } = await Promise.race([lookup(name), promise])
    return { area: 'names', verdict: 'good', text: `${name} is ${address}` }
  } catch (error) {
    return { area: 'names', verdict: 'warning', text: `${name}: ${messageOf(error)}` }
  }
}

function clock(): Finding {
  const isEarly = Date.now() < EARLIEST_MS
  const now = new Date().toISOString()
  return { area: 'clock', verdict: isEarly ? 'bad' : 'good', text: isEarly ? `${now} is long ago` : now }
}

async function openFiles(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('sh', ['-c', 'ulimit -n'])
    const limit = Number(stdout)
    const isFew = limit < FEW_FILES
    return { area: 'open files', verdict: isFew ? 'warning' : 'good', text: `${stdout.trim()} at most` }
  } catch (error) {
    return { area: 'open files', verdict: 'warning', text: messageOf(error) }
  }
}

async function daemon(flags: ClientFlags): Promise<Finding> {
  try {
    await using control = createHttpControl(await addressOf(flags))
    const { pid, version, torrents } = await control.info()
    return { area: 'daemon', verdict: 'good', text: `process ${pid}, ccbt ${version}, ${torrents} torrents` }
  } catch (error) {
    if (isUnreachable(error) && flags.daemon === undefined)
      return { area: 'daemon', verdict: 'good', text: 'not running' }
    return { area: 'daemon', verdict: 'bad', text: messageOf(error) }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
