// Symbolic links below a folder that becomes a torrent (BEP 47). A torrent can hold a link to a file or folder of its
// own, and clients follow no other: whatever leads elsewhere is left out.

import { realpath } from 'node:fs/promises'
import { relative, sep } from 'node:path'
import { errnoOf } from '../errors.ts'
import type { SourceFile } from './source-tree.ts'

/** A link of the tree. */
export interface FoundLink {
  readonly absolutePath: string
  readonly path: readonly string[]
  readonly mtimeMs: number
}

/** What was found below a folder. */
export interface FoundFiles {
  readonly files: readonly SourceFile[]
  readonly links: readonly FoundLink[]
}

/** The links that the torrent can hold, and the others with the reason, one line each. */
export interface ResolvedLinks {
  readonly links: readonly SourceFile[]
  readonly leftOut: readonly string[]
}

/** Finds where each link leads in the end: a link to a link becomes one to the file. */
export async function resolveLinks(root: string, found: FoundFiles): Promise<ResolvedLinks> {
  const links: SourceFile[] = []
  const leftOut: string[] = []
  if (found.links.length === 0) return { links, leftOut }
  const top = await realpath(root)
  const places = placesOf(found)
  for (const link of found.links) {
    const target = await targetOf(link, top)
    if (typeof target === 'string') leftOut.push(`${link.path.join('/')}: a symbolic link ${target}`)
    else if (places.has(target.join('/'))) links.push({ ...link, length: 0, symlink: target })
    else
      leftOut.push(
        `${link.path.join('/')}: a symbolic link to what the torrent does not hold, or to a folder with links`,
      )
  }
  return { links, leftOut }
}

/** The path from the top folder, or why there is none. */
async function targetOf({ absolutePath }: FoundLink, top: string): Promise<string[] | string> {
  try {
    const path = relative(top, await realpath(absolutePath)).split(sep)
    if (path[0] === '..') return 'that leads out of the folder'
    return path[0] === '' ? 'to the folder itself' : path
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return 'that leads nowhere'
    if (errno === 'ELOOP') return 'that leads in a circle'
    if (errno === 'EACCES') return 'that leads where access is denied'
    throw error
  }
}

/** Files, and folders of files without a link among them: a link to such a folder could be a way in a circle. */
function placesOf({ files, links }: FoundFiles): ReadonlySet<string> {
  const places = new Set<string>()
  for (const { path } of files) for (let depth = 1; depth <= path.length; depth++) places.add(prefix(path, depth))
  for (const { path } of links) for (let depth = 1; depth < path.length; depth++) places.delete(prefix(path, depth))
  return places
}

function prefix(path: readonly string[], depth: number): string {
  return path.slice(0, depth).join('/')
}
