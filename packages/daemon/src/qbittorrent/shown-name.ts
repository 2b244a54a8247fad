// What a torrent is called for those who look at it: text of a stranger, in one line.

import { invalidRequest } from '../errors.ts'

const MAX_LENGTH = 1000

/** A name as it is kept; '' = none. @throws DAEMON_REQUEST_INVALID */
export function shownNameOf(text: string): string {
  const name = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (name.length > MAX_LENGTH) throw invalidRequest(`a name has at most ${MAX_LENGTH} characters`)
  return name
}
