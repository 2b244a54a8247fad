// What somebody may do, in three steps, each of which includes the ones before it.

const SCOPES = ['none', 'read', 'control', 'admin'] as const

/**
 * `none`: has not said who it is. `read`: look. `control`: add, change and remove torrents. `admin`: settings, and ending
 * the daemon.
 */
export type Scope = (typeof SCOPES)[number]

/** Whether text names a scope. */
export function isScope(value: unknown): value is Scope {
  return SCOPES.some((scope) => scope === value)
}

/** Whether who was `granted` one scope may do what `needed` another one. */
export function permits(granted: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(granted) >= SCOPES.indexOf(needed)
}

/** Endpoints whose requests differ in what they need: they compare with `HttpRequest.scope` themselves. */
const OWN_CHECK: readonly string[] = ['/transmission/rpc', '/ccbt/rpc']

/** Endpoints with a login of their own: requests come there with the scope `none` as well. */
const OWN_LOGIN: readonly string[] = ['/api/v2']

/**
 * The scope without which a path is refused before its route sees the request. What changes something and is not named
 * here needs `admin`, so that a new endpoint is closed until somebody thinks about it.
 */
export function neededScope(method: string, path: string): Scope {
  if (isBelow(path, OWN_LOGIN)) return 'none'
  if (isBelow(path, OWN_CHECK) || method === 'GET' || method === 'HEAD') return 'read'
  return 'admin'
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}
