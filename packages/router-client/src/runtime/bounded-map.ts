/**
 * A map that keeps at least its `capacity` entries last set or got, and never more than twice as many.
 * Two generations: when the young one is full it becomes the old one, and the old one is forgotten at
 * once. Every call takes constant time, which evicting a `Map`'s first key does not: V8 steps over all
 * the holes that earlier evictions left there.
 */
export class BoundedMap<K, V> {
  readonly #capacity: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    if (this.#young.size >= this.#capacity && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
