// The password of remote control: made once, shown once.

import { AccessTable, generatePassword, hashPassword, openDatabase } from '@ccbt/daemon'

/** Makes the first password; undefined when there is one. */
export async function firstPassword(stateFolder: string): Promise<string | undefined> {
  using database = openDatabase(stateFolder)
  const access = new AccessTable(database)
  if (access.passwordHash !== undefined) return undefined
  const password = generatePassword()
  access.setPasswordHash(await hashPassword(password))
  return password
}

/** How a new password is shown. */
export function passwordText(password: string): string {
  return `password of remote control, shown this once: ${password}  ('ccbt daemon password --reset' makes another)`
}
