// Something that the daemon is asked for again and again while it is on the screen.

import { useEffect, useState } from 'preact/hooks'

/** The last answer, or why there is none. */
export interface Polled<T> {
  readonly value: T | undefined
  readonly error: string
}

/**
 * Asks at once and then so long after each answer, so that a slow daemon is not asked more than it can answer. With
 * another `key` it begins anew.
 */
export function usePolled<T>(key: unknown, ask: () => Promise<T>, intervalMs = 1000): Polled<T> {
  const [state, setState] = useState<Polled<T> & { readonly key: unknown }>({ key, value: undefined, error: '' })
  useEffect(() => {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const poll = async (): Promise<void> => {
      const answer = await ask().then(
        (value) => ({ value, error: '' }),
        (error: unknown) => ({ value: undefined, error: error instanceof Error ? error.message : String(error) }),
      )
      if (isOver) return
      setState({ key, ...answer })
      timer = setTimeout(() => void poll(), intervalMs)
    }
    void poll()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
    // `ask` is another function with every render; what it asks for is named by `key`.
  }, [key])
  return state.key === key ? state : { value: undefined, error: '' }
}
