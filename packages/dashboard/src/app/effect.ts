// What a key asks the world to do. Whoever runs it tells how it went with an {@link Outcome}.

import type { AddTorrent, Preview, TorrentAction } from '@ccbt/rpc-client'

import type { FileChoice } from './ui-state.ts'

/** Something to do outside of the screen. */
export type Effect =
  /** `done` is shown when it went well. */
  | { readonly type: 'act'; readonly ids: readonly number[]; readonly action: TorrentAction; readonly done: string }
  | { readonly type: 'limit'; readonly limits: SessionLimits; readonly done: string }
  /** Without a text an earlier change is taken back. */
  | { readonly type: 'setting'; readonly key: string; readonly text: string | undefined }
  | { readonly type: 'preview'; readonly source: string }
  | { readonly type: 'add'; readonly torrent: AddTorrent; readonly name: string }
  | { readonly type: 'complete'; readonly path: string }
  /** A command of the program, in its own process. */
  | { readonly type: 'run'; readonly words: readonly string[]; readonly isForm: boolean }
  | { readonly type: 'suspend' }
  | { readonly type: 'redraw' }
  | { readonly type: 'quit' }

/** Bytes per second; 0 = none. */
export interface SessionLimits {
  readonly downloadLimitBps?: number
  readonly uploadLimitBps?: number
}

/** How an effect went. */
export type Outcome =
  | { readonly type: 'notice'; readonly text: string; readonly isError: boolean }
  | { readonly type: 'previewed'; readonly preview: Preview; readonly source: FileChoice['source'] }
  | { readonly type: 'added'; readonly id: number; readonly kind: 'added' | 'duplicate'; readonly name: string }
  | { readonly type: 'completed'; readonly path: string; readonly candidates: readonly string[] }
  | { readonly type: 'output'; readonly title: string; readonly lines: readonly string[] }
