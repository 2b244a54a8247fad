// The words of a language, with what is put into them.

import { CHINESE } from './chinese.ts'
import { ENGLISH } from './english.ts'
import type { Catalogue, TextKey } from './english.ts'
import { KOREAN } from './korean.ts'
import { PORTUGUESE } from './portuguese.ts'

const PLACE = /\{(\d)(?:\|([^|}]*)\|([^}]*))?\}/g

/** Words of one language. */
export class Language {
  readonly name: string
  readonly #catalogue: Catalogue
  readonly #plural: Intl.PluralRules

  constructor(name: string, catalogue: Catalogue) {
    this.name = name
    this.#catalogue = catalogue
    this.#plural = new Intl.PluralRules(name)
  }

  /** All texts as they are in the catalogue. */
  entries(): [TextKey, string][] {
    return Object.entries(this.#catalogue) as [TextKey, string][]
  }

  /** A text with `{0}`, `{1}` replaced, and `{0|piece|pieces}` by what suits the number. */
  say(key: TextKey, ...values: readonly (string | number)[]): string {
    const text = this.#catalogue[key]
    return values.length === 0
      ? text
      : text.replaceAll(PLACE, (_, index: string, one?: string, many?: string) => {
          const value = values[Number(index)]
          if (one === undefined || many === undefined) return String(value)
          return this.#plural.select(Number(value)) === 'one' ? one : many
        })
  }
}

const CATALOGUES: Readonly<Record<string, Catalogue>> = {
  en: ENGLISH,
  ko: KOREAN,
  pt: PORTUGUESE,
  zh: CHINESE,
}

/** Languages that there are, by their two letters. */
export const LANGUAGES: readonly string[] = Object.keys(CATALOGUES)

/** The language of a locale (`ko_KR.UTF-8`); English when there is none. */
export function languageOf(locale: string): Language {
  const name = locale.slice(0, 2).toLowerCase()
  const catalogue = CATALOGUES[name]
  return catalogue === undefined ? new Language('en', ENGLISH) : new Language(name, catalogue)
}
