// What the router uses of Node's modules and globals, by what the Web has. `scripts/bundle.mjs` puts it in their place
// in the bundle for edge runtimes.
import { Digest, Hmac, Sha256 } from './sha256.ts'

// node:crypto

export const createHash = (_algorithm: 'sha256') => new Sha256()
export const hash = (_algorithm: 'sha256', text: string, _encoding: 'hex') =>
  new Sha256().update(text).digest('hex')
export const createSecretKey = (secret: string) => new TextEncoder().encode(secret)
export const createHmac = (_algorithm: 'sha256', key: Uint8Array) => new Hmac(key)
export const randomBytes = (length: number) => crypto.getRandomValues(new Digest(length))
export const randomUUID = () => crypto.randomUUID()

/** Of equal length. */
export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.reduce((differing, byte, at) => differing | (byte ^ (other[at] ?? 0)), 0) === 0
}

// node:os, node:timers/promises, node:util/types

export const hostname = () => 'edge'
export const setImmediate = () => new Promise<void>((resolve) => setTimeout(resolve, 0))
export const isDate = (value: unknown) => value instanceof Date

// node:fs, node:fs/promises, node:path: the options that need files are refused.

function noFiles(): never {
  throw new Error('this runtime has no files')
}

export {
  noFiles as appendFileSync,
  noFiles as basename,
  noFiles as dirname,
  noFiles as join,
  noFiles as mkdir,
  noFiles as mkdirSync,
  noFiles as readdir,
  noFiles as readFile,
  noFiles as rename,
  noFiles as renameSync,
  noFiles as rm,
  noFiles as rmSync,
  noFiles as stat,
  noFiles as utimesSync,
  noFiles as writeFile,
  noFiles as writeFileSync,
}

// Globals

/** Nothing tells of the end of an isolate: callers flush in `waitUntil`. */
export const process = {
  pid: 0,
  on: () => undefined,
  off: () => undefined,
  emitWarning: (warning: string) => console.warn(warning),
}

export const Buffer = {
  byteLength: (text: string) => new TextEncoder().encode(text).length,
  from: (text: string) => new TextEncoder().encode(text),
}

export const nextTurn = (callback: () => void) => setTimeout(callback, 0)
export const clearNextTurn = (timer: ReturnType<typeof setTimeout> | undefined) =>
  clearTimeout(timer)
