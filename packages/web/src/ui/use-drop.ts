// Torrent files and links that are dropped on the page or pasted into it.

import { useEffect, useState } from 'preact/hooks'

import { filesOf, linksOf } from './dialog/add-sources.ts'
import type { NamedSource, Page } from './page.ts'

/** Whether something is held over the page now. */
export function useDrop(onSources: (sources: NamedSource[]) => void, say: Page['say']): boolean {
  const [isOver, setOver] = useState(false)
  useEffect(() => {
    const take = (data: DataTransfer | null): void => {
      if (data === null) return
      if (data.files.length > 0) {
        filesOf(data.files).then(onSources, (error: unknown) => say('error', String(error)))
        return
      }
      const links = linksOf(data.getData('text/plain'))
      if (links.length > 0) onSources(links)
    }
    const over = (event: DragEvent): void => {
      if (!isWelcome(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent): void => {
      setOver(false)
      if (!isWelcome(event)) return
      event.preventDefault()
      take(event.dataTransfer)
    }
    const paste = (event: ClipboardEvent): void => {
      if (!(event.target instanceof HTMLElement && event.target.matches('input, textarea'))) take(event.clipboardData)
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    addEventListener('paste', paste)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
      removeEventListener('paste', paste)
    }
  }, [onSources, say])
  return isOver
}

/** Rows that are dragged within the list have a type of their own. */
function isWelcome({ dataTransfer }: DragEvent): boolean {
  const types = dataTransfer?.types ?? []
  return (
    types.includes('Files') || types.includes('text/uri-list') || (types.includes('text/plain') && types.length === 1)
  )
}
