// A folder that is kept current. Its versions lie in a hidden folder beside it, and the folder itself is a symbolic link to
// one of them: a new version is complete and verified before one rename makes it the folder, so that whoever looks, and
// whoever is killed, finds all of the old version or all of the new.
//
// `state.json` is written before the link: where they differ, the link is put right.

import { lstat, mkdir, readdir, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { isRecord, replaceStateFile } from '@ccbt/core'
import type { MutableItem } from '@ccbt/discovery'
import { bytesEqual, toHex } from '@ccbt/primitives'
import { errnoOf, inputError } from '../errors.ts'
import { bytesField, damaged, itemOfField, itemToField, readFields } from './state-json.ts'

/** A version that is here. */
export interface KeptVersion {
  /** Sequence number of its item. */
  readonly version: number
  /** Of its torrent: the folder inside the version's. */
  readonly name: string
}

interface State {
  readonly publicKey: Uint8Array
  readonly salt: Uint8Array
  /** The newest that was ever heard of: nothing older is taken. */
  readonly newest?: MutableItem
  /** Nothing up to here is put in the current one's place: the user went back. */
  readonly skipTo?: number
  readonly current?: number
  readonly versions: readonly KeptVersion[]
}

/** Whose versions they are. */
export interface FollowedKey {
  readonly publicKey: Uint8Array
  readonly salt: Uint8Array
}

/** A followed folder. Its state is read anew for every change: `ccbt rollback` may have been there. */
export class FollowedFolder {
  /** Absolute: the link. */
  readonly path: string
  readonly #home: string

  private constructor(path: string) {
    this.path = resolve(path)
    this.#home = join(dirname(this.path), `.${basename(this.path)}.ccbt`)
  }

  /** Makes the place of the versions, or goes on with it. @throws CLI_FILE_EXISTS, CLI_PUBLISH_STATE */
  static async follow(path: string, { publicKey, salt }: FollowedKey): Promise<FollowedFolder> {
    const folder = new FollowedFolder(path)
    const state = await folder.#read()
    await folder.#checkPlace(state !== undefined)
    if (state === undefined) await folder.#write({ publicKey, salt, versions: [] })
    else if (!bytesEqual(state.publicKey, publicKey) || !bytesEqual(state.salt, salt)) {
      const message = `${folder.path} is a copy of what another key publishes: choose another folder`
      throw inputError('CLI_FILE_EXISTS', message, { path: folder.path })
    }
    await folder.#putLinkRight()
    return folder
  }

  /** One that is followed already. @throws CLI_FILE_NOT_FOUND, CLI_PUBLISH_STATE */
  static async at(path: string): Promise<FollowedFolder> {
    const folder = new FollowedFolder(path)
    if ((await folder.#read()) === undefined) {
      throw inputError('CLI_FILE_NOT_FOUND', `${folder.path} is not followed by ccbt`, { path: folder.path })
    }
    return folder
  }

  /** @throws CLI_PUBLISH_STATE */
  async state(): Promise<State> {
    const state = await this.#read()
    if (state === undefined) throw damaged(this.#statePath)
    return state
  }

  /** Where the data of a version is, or is to go. */
  versionPath(version: number): string {
    return join(this.#home, 'versions', String(version))
  }

  /** The torrent of a version. */
  torrentPath(version: number): string {
    return `${this.versionPath(version)}.torrent`
  }

  /** Remembers an item, unless one as new is known. */
  async heard(item: MutableItem): Promise<'newer' | 'known'> {
    const state = await this.state()
    if (item.seq <= (state.newest?.seq ?? -1)) return 'known'
    await this.#write({ ...state, newest: item })
    return 'newer'
  }

  /** Whether a version is to take the place of the current one. */
  async isWanted(version: number): Promise<boolean> {
    const { current = -1, skipTo = -1 } = await this.state()
    return version > current && version > skipTo
  }

  /** Makes a complete version the folder, and keeps `keep` others: the newest. */
  async switchTo(made: KeptVersion, keep: number): Promise<void> {
    const state = await this.state()
    const others = state.versions.filter(({ version }) => version !== made.version)
    const isCurrent = ({ version }: KeptVersion): boolean => version === state.current
    // The one that is left is the likeliest to be wanted back.
    others.sort((a, b) => Number(isCurrent(b)) - Number(isCurrent(a)) || b.version - a.version)
    const versions = [...others.slice(0, keep), made].sort((a, b) => a.version - b.version)
    await this.#write({ ...state, current: made.version, versions })
    await this.#putLinkRight()
    await this.#prune(versions)
  }

  /**
   * Goes back to a version that is here, by default the one before the current one. What is newer is not fetched again.
   * @throws CLI_FILE_NOT_FOUND
   */
  async rollBack(to?: number): Promise<KeptVersion> {
    const state = await this.state()
    const { current = -1, versions } = state
    const found = versions.findLast(({ version }) => (to === undefined ? version < current : version === to))
    if (found === undefined) {
      const kept = versions.map(({ version }) => version).join(', ') || 'none'
      const what = to === undefined ? 'no older version' : `no version ${to}`
      throw inputError('CLI_FILE_NOT_FOUND', `${this.path}: ${what} is kept (kept: ${kept})`, { path: this.path })
    }
    const skipTo = Math.max(state.newest?.seq ?? -1, current)
    await this.#write({ ...state, current: found.version, skipTo })
    await this.#putLinkRight()
    return found
  }

  get #statePath(): string {
    return join(this.#home, 'state.json')
  }

  async #checkPlace(isOurs: boolean): Promise<void> {
    const found = await lstat(this.path).catch(missing)
    if (found === undefined || (isOurs && found.isSymbolicLink())) return
    const isEmpty = found.isDirectory() && (await readdir(this.path)).length === 0
    if (isEmpty) return
    const message = `${this.path} is already there: follow into a folder that does not exist or is empty`
    throw inputError('CLI_FILE_EXISTS', message, { path: this.path })
  }

  /** Renaming a link over another is the one step that others see. */
  async #putLinkRight(): Promise<void> {
    const { current, versions } = await this.state()
    const kept = versions.find(({ version }) => version === current)
    if (kept === undefined) return
    const target = relative(dirname(this.path), join(this.versionPath(kept.version), kept.name))
    const present = await readlink(this.path).catch(() => undefined)
    if (present === target) return
    const temporary = join(this.#home, 'link')
    await rm(temporary, { force: true })
    await symlink(target, temporary)
    const found = await lstat(this.path).catch(missing)
    if (found?.isDirectory() === true) await rmdir(this.path)
    await rename(temporary, this.path)
  }

  /** Data of versions that are not kept, and of those that were never completed. */
  async #prune(versions: readonly KeptVersion[]): Promise<void> {
    const kept = new Set(versions.flatMap(({ version }) => [String(version), `${version}.torrent`]))
    const folder = join(this.#home, 'versions')
    for (const name of await readdir(folder)) {
      if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true })
    }
  }

  async #write({ publicKey, salt, newest, skipTo, current, versions }: State): Promise<void> {
    await mkdir(join(this.#home, 'versions'), { recursive: true })
    const fields = {
      publicKey: toHex(publicKey),
      salt: toHex(salt),
      ...(newest === undefined ? {} : { newest: itemToField(newest) }),
      skipTo,
      current,
      versions,
    }
    await replaceStateFile(this.#statePath, `${JSON.stringify(fields, undefined, 2)}\n`)
  }

  async #read(): Promise<State | undefined> {
    const fields = await readFields(this.#statePath)
    if (fields === undefined) return undefined
    const publicKey = bytesField(fields['publicKey'])
    const salt = bytesField(fields['salt'])
    const newest = itemOfField(fields['newest'])
    const { versions, current, skipTo } = fields
    const isWhole = Array.isArray(versions) && versions.every(isKeptVersion)
    if (publicKey === undefined || salt === undefined || !isWhole) throw damaged(this.#statePath)
    // Without the newest item an older one could be taken: a damaged file is not taken for none.
    if (newest === undefined && fields['newest'] !== undefined) throw damaged(this.#statePath)
    return {
      publicKey,
      salt,
      versions,
      ...(newest === undefined ? {} : { newest }),
      ...(typeof current === 'number' ? { current } : {}),
      ...(typeof skipTo === 'number' ? { skipTo } : {}),
    }
  }
}

function isKeptVersion(value: unknown): value is KeptVersion {
  if (!isRecord(value)) return false
  const { version, name } = value
  return Number.isSafeInteger(version) && typeof name === 'string' && name === basename(name) && !/^\.{0,2}$/.test(name)
}

function missing(error: unknown): undefined {
  if (errnoOf(error) === 'ENOENT') return undefined
  throw error
}
