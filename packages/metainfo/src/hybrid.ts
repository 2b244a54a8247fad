// A hybrid torrent describes its files twice (BEP 52). Peers of both kinds share one byte space, so both descriptions
// must be of the same bytes: otherwise what one half verifies the other half contradicts.

import { versionsDisagree } from './errors.ts'
import type { RawFile, RawLayout } from './raw-file.ts'

/** The v1 files with the Merkle roots of v2. Throws METAINFO_VERSIONS_DISAGREE unless both describe the same files. */
export function mergeLayouts(v1: RawLayout, v2: RawLayout): RawLayout {
  // A folder that has nothing but a file of its own name looks like a single file in v2.
  if (v2.isMultiFile && !v1.isMultiFile) throw versionsDisagree('one part has a single file, the other a folder')
  let next = 0
  const files = v1.files.map((file) => {
    if (file.isPad) return file
    const twin = v2.files[next++]
    if (twin === undefined || !isSame(file, twin)) throw versionsDisagree('its two parts list different files')
    return twin.piecesRoot === undefined ? file : { ...file, piecesRoot: twin.piecesRoot }
  })
  if (next !== v2.files.length) throw versionsDisagree('its two parts list different files')
  return { ...v1, files }
}

function isSame(a: RawFile, b: RawFile): boolean {
  if (a.length !== b.length || a.path.join('/') !== b.path.join('/') || a.path.length !== b.path.length) return false
  // An empty file has no bytes, so it does not matter where they are not.
  return a.offset === b.offset || a.length === 0
}
