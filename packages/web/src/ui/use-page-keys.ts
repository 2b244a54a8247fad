// The keyboard of the page: what is pressed outside of fields, menus and dialogs.

import { useEffect, useRef } from 'preact/hooks'

import { COMMANDS } from './commands.ts'
import { KEYS } from './keys.ts'
import type { ListKeys } from './keys.ts'
import type { Page } from './page.ts'

/** Listens as long as the component is there. */
export function usePageKeys(page: Page, list: ListKeys): void {
  const latest = useRef({ page, list })
  latest.current = { page, list }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isForOthers(event)) return
      if (press(event, latest.current.page, latest.current.list)) event.preventDefault()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

/** Fields take their keys themselves, dialogs theirs, and buttons Space and Enter. */
function isForOthers({ target, key }: KeyboardEvent): boolean {
  if (document.querySelector('dialog[open]') !== null) return true
  if (!(target instanceof HTMLElement)) return false
  if (target.matches('input, textarea, select')) {
    if (key === 'Escape') target.blur()
    return true
  }
  return target.matches('button, [role=tab]') && (key === ' ' || key === 'Enter' || key.startsWith('Arrow'))
}

function press(event: KeyboardEvent, page: Page, list: ListKeys): boolean {
  const binding = KEYS.find(({ key }) => key === event.key)
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
  if (binding !== undefined && (isPlain || event.key === 'a')) {
    binding.run(list, event)
    return true
  }
  const command = isPlain ? COMMANDS.find(({ key }) => key === event.key) : undefined
  if (command === undefined || page.chosen.length === 0) return false
  command.run(page)
  return true
}
