import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where resume records and locks live: `$XDG_STATE_HOME/ccbt`, else `~/.local/state/ccbt`. A relative XDG_STATE_HOME
 * does not count, as the XDG base directory specification demands.
 */
export function defaultStateFolder(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_STATE_HOME']
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.local', 'state'), 'ccbt')
}
