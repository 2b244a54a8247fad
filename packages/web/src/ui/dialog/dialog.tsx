// The frame of every dialog: the browser's own, which keeps the focus inside and closes with Esc.

import type { ComponentChildren, JSX } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

import { Icon } from '../icon.tsx'
import { usePage } from '../page.ts'

/** What a dialog is made of. */
export interface DialogProps {
  readonly title: string
  readonly isWide?: boolean
  readonly children: ComponentChildren
}

/** A dialog without a form. */
export function Dialog({ title, isWide = false, children }: DialogProps): JSX.Element {
  const { closeDialog } = usePage()
  const element = useRef<HTMLDialogElement>(null)
  // Before anything of it is seen: until then keys go to the page behind it.
  useLayoutEffect(() => {
    const { current } = element
    current?.showModal()
    // Without a field that asks for it the browser would give the focus to the button that closes.
    if (current?.querySelector('[autofocus]') === null) current.focus()
  }, [])
  return (
    <dialog
      class={isWide ? 'is-wide' : ''}
      tabIndex={-1}
      ref={element}
      onClose={closeDialog}
      aria-labelledby="dialog-title"
    >
      <header>
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="quiet" aria-label="Close" onClick={closeDialog}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  )
}

/** What a form is made of. */
export interface DialogFormProps extends DialogProps {
  readonly action: string
  readonly isDangerous?: boolean
  readonly isReady?: boolean
  /** Closes the dialog when it is done; a rejection is shown and leaves it open. */
  readonly onSubmit: () => Promise<void>
}

/** A dialog with a button that does something. */
export function DialogForm(props: DialogFormProps): JSX.Element {
  const { title, isWide = false, children, action, isDangerous = false, isReady = true, onSubmit } = props
  const { closeDialog } = usePage()
  const [error, setError] = useState('')
  const [isBusy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setBusy(true)
    setError('')
    try {
      await onSubmit()
    } catch (cause) {
      setError(cause instanceof Error ? cause.message : String(cause))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} isWide={isWide}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        {children}
        {error !== '' && (
          <p class="notice is-error" role="alert">
            {error}
          </p>
        )}
        <footer>
          <button type="button" onClick={closeDialog}>
            Cancel
          </button>
          <button type="submit" class={isDangerous ? 'danger' : 'primary'} disabled={!isReady || isBusy}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
