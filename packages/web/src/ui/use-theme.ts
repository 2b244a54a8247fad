// Light or dark: as the system has it, or as the user wants it on this page.

import { useLayoutEffect } from 'preact/hooks'

import { useMedia } from './use-media.ts'
import { useStored } from './use-stored.ts'

/** What can be chosen. */
export const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const

/** One of them. */
export type Theme = keyof typeof THEMES

function isTheme(value: string): value is Theme {
  return Object.hasOwn(THEMES, value)
}

/** The choice; the style sheet sees what follows from it as `data-theme` of the document. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useStored<Theme>('theme', 'system', isTheme)
  const isSystemDark = useMedia('(prefers-color-scheme: dark)')
  const shown = theme === 'system' ? (isSystemDark ? 'dark' : 'light') : theme
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = shown
  }, [shown])
  return [theme, setTheme]
}
