// Choices of the user that this browser remembers.

import { useCallback, useState } from 'preact/hooks'

const PREFIX = 'ccbt.'

/** A text under `key`; whatever `isValid` refuses counts as not there. Without storage it lasts as long as the page. */
export function useStored<T extends string>(
  key: string,
  first: T,
  isValid: (value: string) => value is T,
): [T, (value: T) => void] {
  const [value, setValue] = useState(() => {
    const stored = read(key)
    return stored !== undefined && isValid(stored) ? stored : first
  })
  const set = useCallback(
    (next: T) => {
      setValue(next)
      write(key, next)
    },
    [key],
  )
  return [value, set]
}

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined
  } catch {
    // A browser that blocks storage throws at the mere access.
    return undefined
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value)
  } catch {
    // Blocked or full: the choice lasts as long as the page.
  }
}
