// Puts npm `bittorrent-tracker`'s server into the one compiled file that imports it, in place of what the compiler made of
// it. As a dependency it would bring a native module whose install script fails wherever GitHub cannot be reached.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'rolldown'
import { licenceFile } from '../../build/licence-file.ts'
import { withoutWebSockets } from '../../build/without-web-sockets.ts'

export default defineConfig({
  input: { 'server-engine': fileURLToPath(new URL('src/tracker/server-engine.ts', import.meta.url)) },
  platform: 'node',
  external: /^@ccbt\//,
  plugins: [withoutWebSockets, licenceFile()],
  output: { dir: 'dist/tracker', format: 'esm', comments: false, chunkFileNames: 'engine/[name].js' },
})
