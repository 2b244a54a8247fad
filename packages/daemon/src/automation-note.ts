// What automation tells the log.

/** Something that automation did, or could not do. Texts may have words of strangers in them. */
export interface AutomationNote {
  readonly level: 'debug' | 'info' | 'warning' | 'error'
  readonly area: 'disk' | 'torrent' | 'daemon'
  readonly text: string
  /** Of the torrent that it is about. */
  readonly infoHash?: string
}

/** Takes notes. */
export type Report = (note: AutomationNote) => void
