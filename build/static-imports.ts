import type { ChunkingContext } from 'rolldown'

/** Tells whether a module is one of `roots` or is loaded together with them: lazy imports do not count. */
export function staticImports(roots: readonly string[]): (id: string, modules: ChunkingContext) => boolean {
  let found: Set<string> | undefined
  return (id, modules) => {
    found ??= reachable(roots, modules)
    return found.has(id)
  }
}

function reachable(roots: readonly string[], modules: ChunkingContext): Set<string> {
  const found = new Set(roots)
  // A set that grows while it is walked is walked to its new end.
  for (const id of found) {
    for (const next of modules.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  }
  return found
}
