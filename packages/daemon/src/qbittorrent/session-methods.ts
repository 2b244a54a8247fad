// Methods about the daemon as a whole, and what clients ask for on their own at each start although ccbt does not have it:
// they are told that there is nothing.

import type { LogLine } from '@ccbt/rpc-client'

import { flagField, numberField } from './form.ts'
import type { Call, Method } from './method.ts'
import { json, text } from './method.ts'
import { preferencesShown, setPreferences } from './preferences.ts'

/** The release that has this API: later ones answer a login and an added torrent in ways that clients take for failures. */
const QBITTORRENT_VERSION = 'v5.0.5'
const API_VERSION = '2.11.2'

/** Every method by its name. */
export const SESSION_METHODS: Readonly<Record<string, Method>> = {
  'app/version': { needs: 'read', run: () => text(QBITTORRENT_VERSION) },
  'app/webapiVersion': { needs: 'read', run: () => text(API_VERSION) },
  'app/buildInfo': { needs: 'read', run: () => json(buildInfo()) },
  'app/defaultSavePath': { needs: 'read', run: ({ engine }) => text(engine.downloadDirectory) },
  'app/preferences': { needs: 'read', run: ({ engine }) => json(preferencesShown(engine)) },
  'app/setPreferences': { needs: 'admin', run: setPreferences },
  'app/shutdown': { needs: 'admin', run: ({ stop }) => stop() },
  'log/main': { needs: 'read', run: (call) => json(linesOf(call)) },
  'log/peers': nothing([]),
  // Only the configuration says which one is used.
  'app/networkInterfaceList': nothing([]),
  'app/networkInterfaceAddressList': nothing([]),
  'rss/items': nothing({}),
  'rss/rules': nothing({}),
  'search/plugins': nothing([]),
  'search/status': nothing([]),
}

function nothing(value: object): Method {
  return { needs: 'read', run: () => json(value) }
}

/** Clients show it; none of these libraries is in ccbt. */
function buildInfo(): object {
  return {
    qt: '',
    libtorrent: '',
    boost: '',
    openssl: process.versions.openssl,
    zlib: process.versions.zlib,
    bitness: 64,
  }
}

/** What their kinds of lines are called in a request, and their numbers. */
const KINDS: Readonly<Record<LogLine['level'], { readonly field: string; readonly type: number }>> = {
  debug: { field: 'info', type: 2 },
  info: { field: 'normal', type: 1 },
  warning: { field: 'warning', type: 4 },
  error: { field: 'critical', type: 8 },
}

/** At most 1000 lines after the one that the client knows. */
function linesOf({ log, fields }: Call): object[] {
  const { next, lines } = log.since((numberField(fields, 'last_known_id') ?? -1) + 1)
  const first = next - lines.length
  return lines.flatMap(({ level, text: message, atMs }, index) => {
    const { field, type } = KINDS[level]
    if (flagField(fields, field) === false) return []
    return [{ id: first + index, message, timestamp: Math.floor(atMs / 1000), type }]
  })
}
