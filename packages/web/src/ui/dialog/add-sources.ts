// Torrents that the user gives to the page, as sources for the daemon.

import type { NamedSource } from '../page.ts'

/** The daemon refuses torrent files beyond this. */
const MAX_FILE_BYTES = 16_777_216

/** Links out of a text: one a line. A bare info-hash becomes a magnet link. */
export function linksOf(text: string): NamedSource[] {
  return text.split(/\s+/).flatMap((word) => {
    if (/^(?:magnet:|https?:)/i.test(word)) return [{ name: word, source: { link: word } }]
    if (/^(?:[0-9a-f]{40}|[a-z2-7]{32})$/i.test(word))
      return [{ name: word, source: { link: `magnet:?xt=urn:btih:${word}` } }]
    return []
  })
}

/** Reads torrent files. Rejects with a text for the user. */
export async function filesOf(files: Iterable<File>): Promise<NamedSource[]> {
  return await Promise.all(
    Array.from(files, async (file) => {
      if (file.size > MAX_FILE_BYTES) throw new Error(`${file.name} is too large to be a torrent file`)
      return { name: file.name, source: { torrentFile: base64(new Uint8Array(await file.arrayBuffer())) } }
    }),
  )
}

/** In parts: a call takes a limited number of arguments. */
function base64(bytes: Uint8Array): string {
  const PART = 32_768
  let text = ''
  for (let at = 0; at < bytes.length; at += PART) text += String.fromCharCode(...bytes.subarray(at, at + PART))
  return btoa(text)
}
