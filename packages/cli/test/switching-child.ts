// Puts one version after the other in the place of a followed folder until it is killed: `node switching-child.ts FOLDER`.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FollowedFolder } from '../src/publishing/followed-folder.ts'

const folder = await FollowedFolder.at(process.argv[2] ?? '')
const { current = 0 } = await folder.state()
for (let version = current + 1; ; version++) {
  const inside = join(folder.versionPath(version), 'site')
  await mkdir(inside, { recursive: true })
  for (const name of ['a', 'b', 'c']) await writeFile(join(inside, name), String(version))
  await folder.switchTo({ version, name: 'site' }, 2)
  process.stdout.write('.')
}
