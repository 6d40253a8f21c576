// Keeps unsent outcomes on disk, for the next start to send: a line of JSON each, in a file of this process alone.
// Guarantees: nothing here throws; a line is complete or ignored; the file of a process that lives is never taken, and
// that of one that ended by one process only. A file may hold outcomes that were sent: the worker stores each once.
import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isOrphan } from '../../runtime/orphaned-file.ts'
import type { RateLimitedWarning } from '../../runtime/rate-limited-warning.ts'
import { describeCause, isRecord, parseJson } from '../../runtime/unknown-value.ts'

/** Prompts may be among them. */
const MODE = 0o600
const TOUCH_MS = 30_000
/** Nothing tells whether a process of another host lives, but that it touches its file. */
const SILENT_MS = 4 * TOUCH_MS
const host = hostname().replace(/[^\w-]/g, '_')

export class SpoolFile {
  readonly #path: string
  readonly #file: string
  readonly #warn: RateLimitedWarning
  #touchedAtMs = 0
  #isWhole = true
  /** Bytes in the file. */
  size = 0

  /** @param path Where the names of the files begin. */
  constructor(path: string, warn: RateLimitedWarning) {
    this.#path = path
    this.#file = this.#newName()
    this.#warn = warn
  }

  /** Makes these lines all that the file holds. Returns whether it does. */
  replace(lines: readonly string[]): boolean {
    const text = linesOf(lines)
    return this.#try(() => {
      mkdirSync(dirname(this.#path), { recursive: true })
      writeFileSync(`${this.#file}.tmp`, text, { mode: MODE })
      renameSync(`${this.#file}.tmp`, this.#file)
      this.#touchedAtMs = Date.now()
      this.size = Buffer.byteLength(text)
    })
  }

  /** Adds lines to the file; where it is missing or the last write failed, it must be replaced. */
  add(lines: readonly string[]): boolean {
    if (!this.#isWhole || this.size === 0) return false
    const text = linesOf(lines)
    return this.#try(() => {
      if (text !== '') appendFileSync(this.#file, text, { mode: MODE })
      else if (Date.now() - this.#touchedAtMs < TOUCH_MS) return
      else utimesSync(this.#file, new Date(), new Date())
      this.#touchedAtMs = Date.now()
      this.size += Buffer.byteLength(text)
    })
  }

  #try(write: () => void): boolean {
    try {
      write()
      this.#isWhole = true
    } catch (cause) {
      this.#isWhole = false
      const path = this.#file
      this.#warn('outcome-spool-not-written', path, { path, cause: describeCause(cause) })
    }
    return this.#isWhole
  }

  remove(): void {
    if (this.size === 0 && this.#isWhole) return
    try {
      rmSync(this.#file, { force: true })
      rmSync(`${this.#file}.tmp`, { force: true })
      this.size = 0
      this.#isWhole = true
    } catch {
      // The next write reports it.
    }
  }

  /**
   * Takes over what ended processes left, file by file while `take` returns true. Never rejects. Returns whether files
   * remain that may be taken later.
   */
  async takeOver(take: (lines: readonly string[]) => boolean): Promise<boolean> {
    let hasMore = false
    try {
      const folder = dirname(this.#path)
      for (const name of await readdir(folder)) {
        const owner = this.#ownerOf(name)
        if (owner === undefined || join(folder, name) === this.#file) continue
        const left = await isLeft(join(folder, name), owner)
        if (!left) hasMore ||= owner.host !== host
        else if (name.endsWith('.tmp')) await rm(join(folder, name), { force: true })
        else if (!(await this.#takeFile(join(folder, name), take))) return true
      }
    } catch {
      // A folder that is missing holds nothing. One that cannot be read is reported by the next write.
    }
    return hasMore
  }

  async #takeFile(left: string, take: (lines: readonly string[]) => boolean): Promise<boolean> {
    const taken = this.#newName()
    try {
      // Of several processes one succeeds.
      await rename(left, taken)
    } catch {
      return true
    }
    try {
      const lines = (await readFile(taken, 'utf8')).split('\n').filter((line) => line !== '')
      const sound = lines.filter(isOutcome)
      const damaged = lines.length - sound.length
      if (damaged > 0) this.#warn('outcome-spool-damaged', left, { path: left, lines: damaged })
      if (!take(sound)) return false
      await rm(taken, { force: true })
    } catch (cause) {
      this.#warn('outcome-spool-not-read', left, { path: left, cause: describeCause(cause) })
    }
    return true
  }

  #newName(): string {
    return `${this.#path}.${host}.${process.pid}.${randomUUID().slice(0, 8)}`
  }

  #ownerOf(name: string): Owner | undefined {
    const start = `${basename(this.#path)}.`
    const [, of, pid] = name.startsWith(start)
      ? (ownerPattern.exec(name.slice(start.length)) ?? [])
      : []
    return of === undefined ? undefined : { host: of, pid: Number(pid) }
  }
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

interface Owner {
  readonly host: string
  readonly pid: number
}

const ownerPattern = /^([\w-]+)\.([1-9]\d*)\.[0-9a-f]{8}(?:\.tmp)?$/

async function isLeft(file: string, owner: Owner): Promise<boolean> {
  if (owner.host === host) return isOrphan(file, owner.pid)
  return (await stat(file)).mtimeMs < Date.now() - SILENT_MS
}

/** Of a write that was cut, the last line is no JSON. */
function isOutcome(line: string): boolean {
  const outcome = parseJson(line)
  return isRecord(outcome) && typeof outcome['outcome_id'] === 'string'
}
