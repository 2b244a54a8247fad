// A list of rows of one height of which only those on the screen exist.

import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { rowWindow, scrollTo } from '../model/row-window.ts'

/** What a list is made of. */
export interface VirtualListProps<T> {
  readonly items: readonly T[]
  /** Pixels, as the style sheet has them. */
  readonly rowHeight: number
  readonly row: (item: T, index: number) => ComponentChildren
  /** Stays above the rows while they scroll. */
  readonly head?: ComponentChildren
  /** Row to scroll to whenever it changes; -1 = none. */
  readonly shown?: number
  readonly label: string
  readonly class?: string
  readonly role?: 'grid' | 'table' | 'log'
}

interface View {
  readonly top: number
  readonly height: number
}

/** The list; it scrolls within the height that its parent gives it. */
export function VirtualList<T>(props: VirtualListProps<T>): JSX.Element {
  const { items, rowHeight, row, head, shown = -1, label, role = 'table' } = props
  const element = useRef<HTMLDivElement>(null)
  const view = useView(element)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null || shown < 0) return
    const headHeight = current.querySelector<HTMLElement>('.list-head')?.offsetHeight ?? 0
    const seen = { top: current.scrollTop, height: current.clientHeight - headHeight }
    current.scrollTop = scrollTo(shown, seen, rowHeight)
  }, [shown, rowHeight])
  const { first, end } = rowWindow(view, rowHeight, items.length)
  return (
    <div class={`list ${props.class ?? ''}`} ref={element} role={role} aria-label={label} aria-rowcount={items.length}>
      {head}
      <div class="list-body" role="presentation" style={{ height: `${items.length * rowHeight}px` }}>
        <div class="list-rows" role="presentation" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {items.slice(first, end).map((item, i) => row(item, first + i))}
        </div>
      </div>
    </div>
  )
}

function useView(element: { readonly current: HTMLDivElement | null }): View {
  const [view, setView] = useState<View>({ top: 0, height: 0 })
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return
    const look = (): void => setView({ top: current.scrollTop, height: current.clientHeight })
    const observer = new ResizeObserver(look)
    observer.observe(current)
    current.addEventListener('scroll', look, { passive: true })
    look()
    return () => {
      observer.disconnect()
      current.removeEventListener('scroll', look)
    }
  }, [element])
  return view
}
