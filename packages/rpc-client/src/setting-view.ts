// A setting of a daemon's configuration as its faces show it. Values are texts as a configuration file has them, without
// quotes: `10MB`, `true`, `a:1, b:2`.

/** One setting. */
export interface SettingView {
  /** `section.key`. */
  readonly key: string
  /** One line. */
  readonly description: string
  /** `boolean` and `choice` are picked, all others typed. */
  readonly type:
    | 'boolean'
    | 'integer'
    | 'number'
    | 'size'
    | 'rate'
    | 'time'
    | 'choice'
    | 'text'
    | 'pattern'
    | 'host'
    | 'path'
    | 'ip'
    | 'proxy'
    | 'list'
  /** The type for people, with unit and bounds: `a rate such as '500K', '10M' or '2 MB/s', from 0 to 1T`. */
  readonly accepts: string
  /** What there is to pick; empty for what is typed. */
  readonly choices: readonly string[]
  /** The default; absent = none. */
  readonly preset?: string
  /** What counts now; absent = not set. */
  readonly value?: string
  /** A secret is left out of `value`: who changes it writes it anew. */
  readonly isMasked: boolean
  /**
   * Where the value comes from: `default`, `system`, `user`, `profile`, `run-time`, `environment`, `argument`, `flag`; `remote`:
   * a client of remote control has changed it, which counts more.
   */
  readonly source: string
  /** `file:line:column`, a variable or a flag; '' for defaults. */
  readonly where: string
  /** Whether a change counts at once, or for what is started afterwards. */
  readonly apply: 'live' | 'restart'
  /** Why whoever asks cannot change it, in one line; '' = he can. */
  readonly locked: string
}
