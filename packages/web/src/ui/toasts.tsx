// Short messages that go away by themselves; those that tell of a failure stay longer.

import type { JSX } from 'preact'
import { useCallback, useRef, useState } from 'preact/hooks'

import { safeText } from '../model/safe-text.ts'
import { Icon } from './icon.tsx'
import type { Page } from './page.ts'

const DONE_MS = 4000
const ERROR_MS = 10_000
/** The oldest goes when there are more. */
const MAX_TOASTS = 4

/** One message. */
export interface Toast {
  readonly id: number
  readonly kind: 'done' | 'error'
  readonly text: string
}

/** The messages on the screen, and how to say another. */
export function useToasts(): { readonly toasts: readonly Toast[]; readonly say: Page['say'] } {
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const next = useRef(1)
  const say = useCallback<Page['say']>((kind, text) => {
    const id = next.current++
    setToasts((toasts) => [...toasts, { id, kind, text }].slice(-MAX_TOASTS))
    setTimeout(
      () => setToasts((toasts) => toasts.filter((toast) => toast.id !== id)),
      kind === 'done' ? DONE_MS : ERROR_MS,
    )
  }, [])
  return { toasts, say }
}

/** The messages. */
export function Toasts({ toasts }: { readonly toasts: readonly Toast[] }): JSX.Element {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.map(({ id, kind, text }) => (
        <div class={`toast is-${kind}`} key={id}>
          <Icon name={kind === 'done' ? 'check' : 'alert'} />
          <span>{safeText(text)}</span>
        </div>
      ))}
    </div>
  )
}
