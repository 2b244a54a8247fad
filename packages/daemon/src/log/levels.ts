// Which lines are written: a level for all areas, and other ones for some.

import type { LogLine } from '@ccbt/rpc-client'

/** How much a line matters. */
export type LogLevel = LogLine['level']

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warning', 'error']

/** Levels by area. */
export class LogLevels {
  readonly #level: LogLevel
  readonly #areas: ReadonlyMap<string, LogLevel>

  /** Info unless given. `areas` are of the form `peer=debug`; what is not of it is left out. */
  constructor(level: LogLevel = 'info', areas: readonly string[] = []) {
    this.#level = level
    this.#areas = new Map(areas.flatMap(parseArea))
  }

  /** Whether a line of this area and level is written. */
  isOn(area: string, level: LogLevel): boolean {
    return ORDER.indexOf(level) >= ORDER.indexOf(this.#areas.get(area) ?? this.#level)
  }
}

function parseArea(text: string): [string, LogLevel][] {
  const [area = '', name] = text.split('=')
  const level = ORDER.find((known) => known === name)
  return level === undefined ? [] : [[area, level]]
}
