// SHA-256 (FIPS 180-4) and its HMAC at once, as decisions need them: the Web's own answer by promises only.
const BLOCK_BYTES = 64
const encoder = new TextEncoder()

/** Fractions of the cube roots of the first 64 primes, and of the square roots of the first 8. */
const { rounds, start } = constants()

function constants() {
  const primes: number[] = []
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p !== 0)) primes.push(n)
  const fraction = (root: number) => ((root - Math.floor(root)) * 4_294_967_296) | 0
  return {
    rounds: Int32Array.from(primes, (p) => fraction(Math.cbrt(p))),
    start: Int32Array.from(primes.slice(0, 8), (p) => fraction(Math.sqrt(p))),
  }
}

/** Bytes that become text in the ways that ids and signatures need. */
export class Digest extends Uint8Array {
  override subarray(begin?: number, end?: number): Digest {
    return new Digest(super.slice(begin, end))
  }

  readUInt32LE(at: number): number {
    return new DataView(this.buffer).getUint32(at, true)
  }

  override toString(encoding?: 'hex' | 'base64url'): string {
    if (encoding === 'hex') return Array.from(this, (b) => b.toString(16).padStart(2, '0')).join('')
    const text = btoa(String.fromCharCode(...this))
    return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  }
}

export class Sha256 {
  readonly #state = Int32Array.from(start)
  readonly #block = new Uint8Array(BLOCK_BYTES)
  readonly #words = new Int32Array(64)
  #filled = 0
  #bytes = 0

  update(data: string | Uint8Array): this {
    for (const byte of typeof data === 'string' ? encoder.encode(data) : data) this.#add(byte)
    return this
  }

  digest(): Digest
  digest(encoding: 'hex'): string
  digest(encoding?: 'hex'): Digest | string {
    const bits = this.#bytes * 8
    this.#add(0x80)
    while (this.#filled !== BLOCK_BYTES - 8) this.#add(0)
    const length = new DataView(new ArrayBuffer(8))
    length.setUint32(0, Math.floor(bits / 4_294_967_296))
    length.setUint32(4, bits >>> 0)
    this.update(new Uint8Array(length.buffer))
    const view = new DataView(new ArrayBuffer(32))
    for (const [at, word] of this.#state.entries()) view.setInt32(4 * at, word)
    const digest = new Digest(view.buffer)
    return encoding === 'hex' ? digest.toString('hex') : digest
  }

  #add(byte: number): void {
    this.#block[this.#filled] = byte
    this.#filled += 1
    this.#bytes += 1
    if (this.#filled < BLOCK_BYTES) return
    this.#filled = 0
    this.#compress()
  }

  #compress(): void {
    const words = this.#words
    const block = new DataView(this.#block.buffer)
    const word = (at: number) => words[at] ?? 0
    for (let at = 0; at < 16; at += 1) words[at] = block.getInt32(4 * at)
    for (let at = 16; at < 64; at += 1) {
      const [early, late] = [word(at - 15), word(at - 2)]
      const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
      const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
      words[at] = word(at - 16) + s0 + word(at - 7) + s1
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state
    for (let at = 0; at < 64; at += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
      const first = (h + s1 + ((e & f) ^ (~e & g)) + (rounds[at] ?? 0) + word(at)) | 0
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0]
    }
    for (const [at, value] of [a, b, c, d, e, f, g, h].entries()) {
      this.#state[at] = (this.#state[at] ?? 0) + value
    }
  }
}

function turn(value: number, bits: number): number {
  return (value >>> bits) | (value << (32 - bits))
}

/** HMAC-SHA-256 (RFC 2104). */
export class Hmac {
  readonly #inner = new Sha256()
  readonly #outer = new Sha256()

  constructor(key: Uint8Array) {
    const short = key.length > BLOCK_BYTES ? new Sha256().update(key).digest() : key
    const padded = new Uint8Array(BLOCK_BYTES)
    padded.set(short)
    this.#inner.update(padded.map((byte) => byte ^ 0x36))
    this.#outer.update(padded.map((byte) => byte ^ 0x5c))
  }

  update(text: string): this {
    this.#inner.update(text)
    return this
  }

  digest(): Digest {
    return this.#outer.update(this.#inner.digest()).digest()
  }
}
