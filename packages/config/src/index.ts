export { parseAlertLimit } from './alerts.ts'
export type { AlertDefinition } from './alerts.ts'
export type { Automation, FeedDefinition, HookProgram, LabelLimits, WatchedFolder } from './automation.ts'
export {
  alternativeLimits,
  bindOf,
  CHUNK_INDEX,
  localLimits,
  proxyOf,
  sessionOptions,
  torrentOptions,
} from './core-options.ts'
export { configInvalid } from './errors.ts'
export { jsonSchema } from './json-schema.ts'
export { Config, loadConfig } from './load.ts'
export type { ConfigRequest, TorrentConfig } from './load.ts'
export { isClosed, maskedValue } from './over-network.ts'
export { configPlaces, runTimeFile, torrentConfigFile } from './places.ts'
export type { ConfigPlaces } from './places.ts'
export { referenceMarkdown, sampleFile } from './reference.ts'
export { unknownKey } from './read-settings.ts'
export { RuleMatcher } from './rules.ts'
export type { Rule } from './rules.ts'
export { changeAtRunTime } from './run-time-settings.ts'
export type { RunTimeChange } from './run-time-settings.ts'
export { isSettingKey, SCHEMA, SETTING_KEYS } from './schema.ts'
export type { KeySpec, Setting, SettingKey, SettingValue } from './schema.ts'
export { changes, Settings, wordLayer, written } from './settings.ts'
export type { Change, Layer, LayerKind, Origin } from './settings.ts'
export { TitleFilter } from './title-filter.ts'
export { TorrentFolder, TorrentSideFiles, withoutPaths } from './torrent-folder.ts'
export type { FolderChange, SideFile } from './torrent-folder.ts'
export { expectation } from './value.ts'
export type { Value, ValueSpec } from './value.ts'
export { watchConfig } from './watch.ts'
export { watchFolders } from './watch-folders.ts'
export type { FolderWatchOptions } from './watch-folders.ts'
export type { Reload, Watched, WatchOptions } from './watch.ts'
