/**
 * A map that keeps at least the `capacity` entries that were last set or read, and never more than twice
 * as many. With `weigh`, entries count by their weight; an entry that is heavier than the capacity is
 * kept alone. It holds two generations: when the young one is full, it replaces the old one. Every call
 * takes constant time. Evicting the first key of a `Map` does not: V8 steps over all the holes that
 * earlier evictions left there.
 */
export class BoundedMap<K, V> {
  readonly #capacity: number
  readonly #weigh: (value: V) => number
  #young = new Map<K, V>()
  #youngWeight = 0
  #old = new Map<K, V>()

  constructor(capacity: number, weigh: (value: V) => number = () => 1) {
    this.#capacity = capacity
    this.#weigh = weigh
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: K, value: V): void {
    const replaced = this.#young.get(key)
    if (replaced !== undefined) this.#youngWeight -= this.#weigh(replaced)
    const weight = this.#weigh(value)
    if (this.#young.size > 0 && this.#youngWeight + weight > this.#capacity) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngWeight = 0
    }
    this.#youngWeight += weight
    this.#young.set(key, value)
  }
}
