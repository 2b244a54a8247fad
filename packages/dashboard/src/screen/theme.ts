// How roles look: parameters of Select Graphic Rendition, for 16 and for 256 colours. Without colours (NO_COLOR, or a
// terminal that has none) only bold, dim, underlined and reversed are used; what a colour says stands beside it as a word.

import { CURSOR, STYLE } from './style.ts'
import type { Style } from './style.ts'

/** How much the terminal can do. */
export type ColorDepth = 0 | 16 | 256

type Role = keyof typeof STYLE
/** Parameters with 16 colours, and with 256 where that differs. */
type Look = readonly [basic: string, rich?: string]
type Theme = Readonly<Record<Role, Look>> & { readonly cursor: Look }

const DARK: Theme = {
  plain: [''],
  dim: ['2', '38;5;245'],
  strong: ['1'],
  title: ['1;36', '1;38;5;80'],
  key: ['36', '38;5;80'],
  good: ['32', '38;5;114'],
  active: ['34;1', '38;5;75'],
  waiting: ['33', '38;5;179'],
  bad: ['31;1', '1;38;5;203'],
  download: ['32', '38;5;114'],
  upload: ['35', '38;5;141'],
  barDone: ['36', '38;5;73'],
  barRest: ['2', '38;5;239'],
  marked: ['33;1', '1;38;5;221'],
  border: ['2', '38;5;240'],
  header: ['7', '48;5;236;38;5;252'],
  input: ['1', '1;38;5;255'],
  shade1: ['31', '38;5;167'],
  shade2: ['33', '38;5;179'],
  shade3: ['36', '38;5;73'],
  shade4: ['32', '38;5;114'],
  cursor: ['7', '48;5;238'],
}

const LIGHT: Theme = {
  ...DARK,
  dim: ['2', '38;5;243'],
  title: ['1;34', '1;38;5;25'],
  key: ['34', '38;5;25'],
  good: ['32', '38;5;28'],
  active: ['34', '38;5;26'],
  waiting: ['33', '38;5;130'],
  bad: ['31;1', '1;38;5;160'],
  download: ['32', '38;5;28'],
  upload: ['35', '38;5;91'],
  barDone: ['34', '38;5;31'],
  barRest: ['2', '38;5;250'],
  marked: ['35;1', '1;38;5;130'],
  border: ['2', '38;5;248'],
  header: ['7', '48;5;253;38;5;235'],
  input: ['1', '1;38;5;16'],
  shade1: ['31', '38;5;160'],
  shade2: ['33', '38;5;136'],
  shade3: ['34', '38;5;31'],
  shade4: ['32', '38;5;28'],
  cursor: ['7', '48;5;252'],
}

const CONTRAST: Theme = {
  ...DARK,
  dim: [''],
  title: ['1;4'],
  key: ['1;33'],
  good: ['1;32'],
  active: ['1;36'],
  waiting: ['1;33'],
  bad: ['1;37;41'],
  download: ['1;32'],
  upload: ['1;35'],
  barDone: ['1;37'],
  barRest: ['37'],
  marked: ['1;33'],
  border: ['37'],
  header: ['1;7'],
  cursor: ['7;1'],
}

/** Blue, orange, sky and yellow of Okabe and Ito's palette, which all common kinds of colour blindness tell apart. */
const COLOR_BLIND: Theme = {
  ...DARK,
  good: ['36', '38;5;74'],
  active: ['34;1', '38;5;32'],
  waiting: ['33', '38;5;221'],
  bad: ['33;1', '1;38;5;208'],
  download: ['36', '38;5;74'],
  upload: ['33', '38;5;214'],
  barDone: ['34', '38;5;32'],
  shade1: ['33', '38;5;208'],
  shade2: ['33', '38;5;221'],
  shade3: ['36', '38;5;74'],
  shade4: ['34', '38;5;32'],
}

const MONOCHROME: Theme = {
  ...DARK,
  dim: ['2'],
  title: ['1'],
  key: ['4'],
  good: [''],
  active: ['1'],
  waiting: [''],
  bad: ['1;4'],
  download: [''],
  upload: [''],
  barDone: [''],
  barRest: ['2'],
  marked: ['1'],
  border: ['2'],
  header: ['7'],
  shade1: ['2'],
  shade2: [''],
  shade3: [''],
  shade4: ['1'],
  cursor: ['7'],
}

const THEMES: Readonly<Record<string, Theme>> = {
  dark: DARK,
  light: LIGHT,
  contrast: CONTRAST,
  'color-blind': COLOR_BLIND,
  monochrome: MONOCHROME,
}

/** The themes by name, in the order in which a key goes through them. */
export const THEME_NAMES: readonly string[] = Object.keys(THEMES)

/** Gives the parameters for every style; an unknown name is `dark`. */
export function sgrOfTheme(name: string, depth: ColorDepth): (style: Style) => string {
  const theme = depth === 0 ? MONOCHROME : (THEMES[name] ?? DARK)
  const roles = Object.keys(STYLE) as Role[]
  const pick = ([basic, rich = basic]: Look): string => (depth === 256 ? rich : basic)
  const looks = new Map(roles.map((role) => [STYLE[role] as number, pick(theme[role])]))
  return (style) => {
    const look = looks.get(style & (CURSOR - 1)) ?? ''
    return (style & CURSOR) === 0 ? look : [look, pick(theme.cursor)].filter(Boolean).join(';')
  }
}
