// Whole clients that refuse every plain connection, on both sides.

import { afterAll, afterEach, describe, it } from 'vitest'
import { openArena, subject } from './arena.ts'
import { rtorrent } from './drivers/rtorrent.ts'
import { transmission } from './drivers/transmission.ts'

const arena = await openArena()
const { single } = arena.fixture
const drivers = [transmission, rtorrent].map((driver) => {
  const reason = arena.reasonToSkip(driver)
  return { driver, reason, name: `${driver.name}${reason === undefined ? '' : ` (skipped: ${reason})`}` }
})

afterEach(() => arena.clear())
afterAll(() => arena[Symbol.asyncDispose]())

describe.each(drivers)('$name that takes encrypted connections only', ({ driver, reason }) => {
  it.skipIf(reason !== undefined)('downloads from ccbt, and seeds to it', async () => {
    const isEncrypted = true
    const seeder = await arena.seed(subject, single, { isEncrypted })
    const theirs = await arena.download(driver, single, { from: [seeder.client.address], isEncrypted, stay: true })
    await arena.expectComplete(theirs)
    await seeder.client.stop()
    await arena.expectComplete(await arena.download(subject, single, { from: [theirs.client.address], isEncrypted }))
  })
})
