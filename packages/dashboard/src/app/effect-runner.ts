// Does what keys asked for. Every effect ends in an outcome; what fails becomes one line at the bottom.

import { readdir, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { getSystemErrorMessage } from 'node:util'

import type { DaemonClient } from '@ccbt/rpc-client'

import type { Language } from '../languages/language.ts'
import type { Effect, Outcome } from './effect.ts'

/** Runs a command of the program and gives what it printed. */
export type RunVerb = (
  words: readonly string[],
) => Promise<{ readonly lines: readonly string[]; readonly isOk: boolean }>

/** What effects reach. */
export interface EffectTools {
  readonly client: DaemonClient
  readonly language: Language
  readonly runVerb: RunVerb
}

/** The effects that are about the screen are not for here. */
export type WorldEffect = Exclude<Effect, { readonly type: 'suspend' | 'redraw' | 'quit' }>

/** No torrent file is larger; the daemon refuses much smaller ones already. */
const MAX_TORRENT_FILE = 64 * 1024 * 1024
const MAX_CANDIDATES = 200

/** How the effect went. Does not reject. */
export async function runEffect(effect: WorldEffect, tools: EffectTools): Promise<Outcome> {
  try {
    return await run(effect, tools)
  } catch (error) {
    return { type: 'notice', text: messageOf(error), isError: true }
  }
}

/** What the system says of a file is said in its words, without the name of the call. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (!('errno' in error) || typeof error.errno !== 'number') return error.message
  const reason = getSystemErrorMessage(error.errno)
  return 'path' in error ? `${String(error.path)}: ${reason}` : reason
}

async function run(effect: WorldEffect, { client, language, runVerb }: EffectTools): Promise<Outcome> {
  const done = (text: string): Outcome => ({ type: 'notice', text: language.say('done', text), isError: false })
  switch (effect.type) {
    case 'act':
      if (effect.ids.length > 0) await client.act(effect.ids, effect.action)
      return done(effect.done)
    case 'limit':
      await client.limit(effect.limits)
      return done(effect.done)
    case 'setting': {
      const { key, value = language.say('notSet'), apply } = await client.changeSetting(effect.key, effect.text)
      const text = language.say(apply === 'live' ? 'settingIs' : 'settingWillBe', key, value)
      return { type: 'notice', text, isError: false }
    }
    case 'preview': {
      const source = await sourceOf(effect.source)
      return { type: 'previewed', preview: await client.preview(source), source }
    }
    case 'add': {
      const { kind, id } = await client.add(effect.torrent)
      return { type: 'added', kind, id, name: effect.name }
    }
    case 'complete':
      return { type: 'completed', path: effect.path, candidates: await candidatesOf(effect.path) }
    case 'run': {
      const { lines, isOk } = await runVerb(effect.words)
      const [first = ''] = lines
      if (effect.isForm && !isOk) return { type: 'notice', text: first, isError: true }
      return { type: 'output', title: effect.words.join(' '), lines }
    }
  }
}

/** A link stays as it is, anything else is a file. */
async function sourceOf(text: string): Promise<Uint8Array | string> {
  if (/^(?:magnet:|https?:\/\/)/i.test(text)) return text
  const path = fromHome(text)
  const { size } = await stat(path)
  if (size > MAX_TORRENT_FILE) throw new RangeError(`${text}: too large for a torrent file`)
  return await readFile(path)
}

function fromHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path
}

/** The paths that begin as typed; folders end in `/`. A folder that cannot be read has none. */
async function candidatesOf(path: string): Promise<string[]> {
  const isFolder = path.endsWith('/')
  const folder = isFolder ? path : dirname(path)
  const start = isFolder ? '' : basename(path)
  const prefix = path.slice(0, path.length - start.length)
  const entries = await readdir(fromHome(folder), { withFileTypes: true }).catch(() => [])
  return entries
    .filter(({ name }) => name.startsWith(start) && (start !== '' || !name.startsWith('.')))
    .map((entry) => `${prefix}${entry.name}${entry.isDirectory() ? '/' : ''}`)
    .sort()
    .slice(0, MAX_CANDIDATES)
}
