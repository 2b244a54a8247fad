export { startDaemon } from './daemon.ts'
export type { Daemon, DaemonOptions } from './daemon.ts'
