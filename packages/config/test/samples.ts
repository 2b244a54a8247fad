// Documents without files, for tests.

import { parse } from 'smol-toml'
import { Document } from '../src/document.ts'
import { readMainFile } from '../src/main-file.ts'
import type { MainFile } from '../src/main-file.ts'
import { readSettings } from '../src/read-settings.ts'
import type { ReadSettings } from '../src/read-settings.ts'
import type { SettingKey } from '../src/schema.ts'
import type { Value } from '../src/value.ts'

/** Where documents of tests seem to be. */
export const FOLDER = '/home/u'

/** A document `/home/u/c.toml` with this text. */
export function sampleDocument(text: string): Document {
  return new Document(`${FOLDER}/c.toml`, text, parse(text))
}

/** The text read as a main file. */
export function parseSample(text: string): MainFile & { readonly values: ReadonlyMap<SettingKey, Value> } {
  const file = readMainFile(sampleDocument(text), 'user')
  return { ...file, values: file.layer.values }
}

/** The text read as a torrent's own file. */
export function parseTorrentSample(text: string): ReadSettings {
  return readSettings({ document: sampleDocument(text), path: [], isForTorrent: true })
}
