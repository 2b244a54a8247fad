// The menu of the chosen torrents.

import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'

import { COMMANDS } from './commands.ts'
import { keyName } from './keys.ts'
import { usePage } from './page.ts'

/** Where a menu opens, in pixels of the window. */
export interface MenuPlace {
  readonly x: number
  readonly y: number
}

/** The menu at a place; any click and Esc close it. */
export function Menu({ place, onClose }: { readonly place: MenuPlace; readonly onClose: () => void }): JSX.Element {
  const page = usePage()
  const element = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return
    // Inside the window, whatever its size.
    current.style.left = `${Math.max(0, Math.min(place.x, innerWidth - current.offsetWidth - 4))}px`
    current.style.top = `${Math.max(0, Math.min(place.y, innerHeight - current.offsetHeight - 4))}px`
    current.querySelector('button')?.focus()
  }, [place])
  useEffect(() => {
    addEventListener('pointerdown', onClose)
    addEventListener('blur', onClose)
    return () => {
      removeEventListener('pointerdown', onClose)
      removeEventListener('blur', onClose)
    }
  }, [onClose])
  return (
    <div
      class="menu"
      role="menu"
      aria-label="Chosen torrents"
      ref={element}
      onPointerDown={(event) => event.stopPropagation()}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Escape') onClose()
        if (event.key === 'ArrowDown') focusBy(1)
        if (event.key === 'ArrowUp') focusBy(-1)
        if (event.key.startsWith('Arrow')) event.preventDefault()
      }}
    >
      {COMMANDS.map((command) => (
        <button
          type="button"
          role="menuitem"
          key={command.id}
          class={`${command.isFirst === true ? 'is-first' : ''} ${command.isDangerous === true ? 'is-dangerous' : ''}`}
          onClick={() => {
            onClose()
            command.run(page)
          }}
        >
          <span>{command.title}</span>
          {command.key !== undefined && <kbd>{keyName(command.key)}</kbd>}
        </button>
      ))}
    </div>
  )
}

function focusBy(step: 1 | -1): void {
  const { activeElement } = document
  const sibling = step === 1 ? activeElement?.nextElementSibling : activeElement?.previousElementSibling
  if (sibling instanceof HTMLElement) sibling.focus()
}
