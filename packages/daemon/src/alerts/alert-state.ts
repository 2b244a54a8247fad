// What outlives the process: which alerts fire, so that a restart tells nobody twice, and what is silenced.

/** An alert that fires. */
export interface StoredAlert {
  readonly rule: string
  readonly subject: string
  readonly subjectName: string
  readonly value: number
  readonly firedAtMs: number
  readonly isTold: boolean
}

/** Everything that is stored; times are milliseconds since 1970. */
export interface AlertState {
  readonly firing: readonly StoredAlert[]
  /** When silence ends, by the name of the rule; `*` = all. */
  readonly silences: readonly (readonly [rule: string, untilMs: number])[]
}

/** Where the state is kept. */
export interface AlertStore {
  read(): unknown
  write(state: AlertState): void
}

/** The state in whatever was read; what does not look like it is left out. */
export function parseAlertState(value: unknown): AlertState {
  if (typeof value !== 'object' || value === null) return { firing: [], silences: [] }
  const firing: readonly unknown[] = 'firing' in value && Array.isArray(value.firing) ? value.firing : []
  const silences: readonly unknown[] = 'silences' in value && Array.isArray(value.silences) ? value.silences : []
  return { firing: firing.filter(isStoredAlert), silences: silences.filter(isSilence) }
}

function isStoredAlert(value: unknown): value is StoredAlert {
  if (typeof value !== 'object' || value === null) return false
  const entry: Partial<Record<keyof StoredAlert, unknown>> = value
  const texts = [entry.rule, entry.subject, entry.subjectName]
  const numbers = [entry.value, entry.firedAtMs]
  return (
    texts.every((text) => typeof text === 'string') &&
    numbers.every((number) => typeof number === 'number') &&
    typeof entry.isTold === 'boolean'
  )
}

function isSilence(value: unknown): value is [string, number] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}
