export { Terminal } from './terminal/terminal.ts'
