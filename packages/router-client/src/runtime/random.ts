import { createHash } from 'node:crypto'

/** Uniform in [0, 1). */
export type Random = () => number

/** A 32-bit seed from a number or a text. Equal seeds give equal decisions. */
export function parseSeed(seed: number | string): number {
  return createHash('sha256')
    .update(`${typeof seed}:${seed}`)
    .digest()
    .readUInt32LE(0)
}

/**
 * The `counter`-th number of the sequence of `seed`, uniform in [0, 1) with 53 bits. Stateless: a decision
 * depends on its own number only, not on what was drawn before.
 */
export function uniformAt(seed: number, counter: number): number {
  const low = counter >>> 0
  const high = Math.floor(counter / 4_294_967_296) >>> 0
  const base = mix(seed ^ mix(high + 0x9e3779b9))
  const first = mix(base ^ mix(low))
  const second = mix(first + 0x85ebca6b + low)
  return ((first >>> 5) * 67_108_864 + (second >>> 6)) / 9_007_199_254_740_992
}

/** A whole number below 2^53 that follows from a text, in every process the same. */
export function hashNumber(text: string): number {
  return (hashBits(text, 1) >>> 11) * 4_294_967_296 + hashBits(text, 2)
}

/** 32 bits that follow from a text (FNV-1a, then mixed): no secret, and texts can be found that share them. */
export function hashBits(text: string, seed = 0): number {
  let bits = 0x811c9dc5 ^ seed
  for (let at = 0; at < text.length; at += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193)
  }
  return mix(bits)
}

/** The finaliser of MurmurHash3: every input bit affects every output bit. */
function mix(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
