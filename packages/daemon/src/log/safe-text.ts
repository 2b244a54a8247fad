// What may stand in a log: no secrets, and nothing that changes the terminal or forges a line.

import { displayText } from '@ccbt/metainfo'

const MAX_LENGTH = 2000

const URL_TEXT = /\b([a-z][a-z\d+.-]*):\/\/([^\s"'<>]*)/giu
/** Words of a path that are no words: passkeys are of 16 characters and more, with digits among them. */
const LONG_WORD = /[\w-]{16,}/gu
const TOKEN = /\bccbt_[\w-]{8,}/gu
const CREDENTIALS = /\b(basic|bearer) +[\w+/=.~-]{6,}/giu
const ASSIGNED = /\b(pass(?:key|word|wd)?|secret|token|api_?key|authkey|torrent_pass)=[^\s&"']+/giu

/** The text without passkeys, passwords and tokens, its control characters shown as escapes; cut at 2000 characters. */
export function safeLogText(text: string): string {
  const masked = text
    .replaceAll(URL_TEXT, (_, scheme: string, rest: string) => `${scheme}://${maskUrlRest(rest)}`)
    .replaceAll(TOKEN, 'ccbt_***')
    .replaceAll(CREDENTIALS, '$1 ***')
    .replaceAll(ASSIGNED, '$1=***')
  return displayText(masked, MAX_LENGTH)
}

/** Host and path are kept, but for the user, long parts of the path and everything behind `?`. */
function maskUrlRest(rest: string): string {
  const [path = '', query] = rest.split('?', 2)
  const [authority = '', ...parts] = path.split('/')
  const host = authority.includes('@') ? `***@${authority.slice(authority.lastIndexOf('@') + 1)}` : authority
  const shown = [host, ...parts.map((part) => part.replaceAll(LONG_WORD, masked))].join('/')
  return query === undefined ? shown : `${shown}?***`
}

function masked(word: string): string {
  return /\d/.test(word) ? '***' : word
}
