export type { AddTorrent, DaemonClient, LabelLimitChange, LabelLimitView, TorrentAction } from './client.ts'
export type {
  FileView,
  LogLine,
  PeerView,
  Phase,
  Preview,
  RowChange,
  SessionView,
  SourceView,
  StateChanges,
  StateDelta,
  SystemView,
  TorrentDetail,
  TorrentRow,
  TrackerView,
} from './views.ts'
export { createHttpControl } from './control.ts'
export type { DaemonControl, DaemonInfo, ReloadOutcome } from './control.ts'
export { createHttpArchive } from './archive.ts'
export type { ExportedTorrent, TorrentArchive } from './archive.ts'
export { createHttpPublications } from './publications.ts'
export type {
  DaemonPublications,
  FolderToFollow,
  FolderToPublish,
  Publication,
  PublicationView,
} from './publications.ts'
export { createHttpMonitor } from './monitor.ts'
export type { AlertList, AlertOutcome, AlertRuleView, AlertView, DaemonMonitor, TraceWish } from './monitor.ts'
export type { SettingView } from './setting-view.ts'
export { daemonAddress } from './daemon-url.ts'
export { isUnreachable } from './errors.ts'
export { createHttpClient } from './http-client.ts'
export type { DaemonAddress } from './http-call.ts'
