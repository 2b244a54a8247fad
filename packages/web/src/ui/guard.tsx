// What is left of the page when one of its parts has an error: a sentence instead of a list that stands still.

import type { ComponentChildren, JSX } from 'preact'
import { useErrorBoundary } from 'preact/hooks'

/** Shows its children until one of them throws. The error goes to the console as well, for a bug report. */
export function Guard({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [error] = useErrorBoundary((error: unknown) => console.error(error))
  if (error === undefined) return <>{children}</>
  return (
    <div class="crash" role="alert">
      <p>This page has an error and has stopped. The daemon goes on.</p>
      <button type="button" class="primary" onClick={() => location.reload()}>
        Load it again
      </button>
    </div>
  )
}
