// `ccbt export`: writes the daemon's torrents to a folder, with all that another daemon needs to go on with them.

import { displayText } from '@ccbt/metainfo'
import { createHttpArchive } from '@ccbt/rpc-client'
import type { ClientFlags } from '../definitions/client-options.ts'
import { addressOf } from '../daemon/address.ts'
import { printAll, rowsOf, withDaemon } from '../daemon/client.ts'
import { makeExportFolder, writeExported } from '../daemon/export-folder.ts'

/** Writes the torrents that `words` name, all without one; returns the exit status. */
export async function runExport(folder: string, words: readonly string[], flags: ClientFlags): Promise<number> {
  await using archive = createHttpArchive(await addressOf(flags))
  return await withDaemon(flags, async (client) => {
    const rows = await rowsOf(client, words)
    await makeExportFolder(folder)
    for (const { id, name, infoHash } of rows) {
      const torrent = await archive.export(id)
      if (torrent === undefined) continue
      await writeExported(folder, torrent)
      printAll(flags, 'exported', [{ name, infoHash }], () => [displayText(`exported ${name}`)])
    }
  })
}
